#include "process.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace ringcall::test {
namespace {

std::size_t entries(const std::string& directory) {
  std::error_code gone; // a process that ends while it is looked at
  std::size_t n = 0;
  for (std::filesystem::directory_iterator at(directory, gone), end; !gone && at != end; at.increment(gone)) ++n;
  return n;
}

}  // namespace

std::string text_of(const std::string& file, std::size_t from) {
  std::ifstream in(file);
  std::stringstream all;
  all << in.rdbuf();
  const std::string text = all.str();
  return from < text.size() ? text.substr(from) : "";
}

holdings holdings_of(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  holdings h;
  h.descriptors = entries(process + "/fd");
  h.threads = entries(process + "/task");
  std::istringstream maps(text_of(process + "/maps"));
  for (std::string line; std::getline(maps, line);) h.segments += line.find("memfd:ringcall ") != std::string::npos;
  std::error_code gone;
  for (std::filesystem::directory_iterator at(process + "/task", gone), end; !gone && at != end; at.increment(gone)) {
    std::istringstream children(text_of(at->path() / "children"));
    for (std::string child; children >> child;) ++h.children;
  }
  return h;
}

std::string told(const holdings& h) {
  return std::to_string(h.descriptors) + " descriptors, " + std::to_string(h.segments) + " segments, " + std::to_string(h.threads) + " threads, " + std::to_string(h.children) +
         " children";
}

holdings quiet(pid_t pid, std::size_t segments) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (holdings before = holdings_of(pid);;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2)); // a channel's end takes several steps
    const holdings now = holdings_of(pid);
    if ((now == before && now.segments == segments) || std::chrono::steady_clock::now() > limit) return now;
    before = now;
  }
}

holdings settle(pid_t pid, const holdings& before, bool threads_may_grow) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    holdings now = holdings_of(pid);
    if (threads_may_grow) now.threads = before.threads;
    const bool settled = now.descriptors <= before.descriptors && now.segments <= before.segments && now.threads <= before.threads && now.children <= before.children;
    if (settled || std::chrono::steady_clock::now() > limit) return now;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace ringcall::test
