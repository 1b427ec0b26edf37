#include "profile/profile.hpp"

#include <poll.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "observe/processes.hpp"
#include "observe/server.hpp"
#include "print/output.hpp"
#include "profile/documents.hpp"
#include "profile/recorder.hpp"
#include "profile/words.hpp"

namespace ringcall::tool {
namespace {

namespace fs = std::filesystem;
using namespace ringcall::profile;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t slice_least = 100 * ms, slices_wanted = 100;
constexpr std::size_t many_samples = RINGCALL_SAMPLES / 4; // in one poll: then the next is due sooner

volatile std::sig_atomic_t interrupted = 0;

// From construction on, SIGINT and SIGTERM end the recording; a second one ends the program.
class interruptible {
 public:
  interruptible() {
    struct sigaction act {};
    act.sa_handler = [](int) { interrupted = 1; };
    act.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &act, &before_int_);
    sigaction(SIGTERM, &act, &before_term_);
  }
  ~interruptible() {
    sigaction(SIGINT, &before_int_, nullptr);
    sigaction(SIGTERM, &before_term_, nullptr);
  }
  interruptible(const interruptible&) = delete;
  interruptible& operator=(const interruptible&) = delete;

 private:
  struct sigaction before_int_ {}, before_term_ {};
};

std::uint64_t realtime_now_ns() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

// On standard error: a line that changes on a terminal, else one at the beginning.
class progress {
 public:
  explicit progress(const profile_options& o) : options_(o), live_(isatty(STDERR_FILENO) == 1) {
    if (!live_) std::fprintf(stderr, "recording %s for %s\n", clean(o.name).c_str(), duration(static_cast<double>(o.for_ns)).c_str());
  }
  ~progress() {
    if (live_) std::fputs("\r\033[K", stderr);
  }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  void show(const recorder& r, std::uint64_t passed) const {
    if (!live_) return;
    const std::string missed = r.missed() == 0 ? "" : " (" + count_text(r.missed()) + " missed)";
    std::fprintf(stderr, "\r\033[Krecording %s: %s of %s, %s calls, %s sampled%s", shortened(clean(options_.name), 24).c_str(),
        duration(static_cast<double>(passed / (100 * ms) * 100 * ms)).c_str(),
                 duration(static_cast<double>(options_.for_ns)).c_str(), short_count_text(static_cast<double>(r.calls())).c_str(), count_text(r.samples()).c_str(),
                     missed.c_str());
  }

 private:
  const profile_options& options_;
  bool live_;
};

// True: the server ended.
bool wait(const observe::server& server, int milliseconds) {
  pollfd ended{server.watch(), POLLIN, 0};
  return ::poll(&ended, 1, milliseconds) == 1;
}

recording record(observe::server& server, const profile_options& o) {
  const interruptible while_recording;
  const progress shown(o);
  const std::uint64_t started_realtime = realtime_now_ns(), start = observe::monotonic_now_ns(), slice_length = std::max(slice_least, o.for_ns / slices_wanted);
  recorder r(server.stats(), o.method, start);
  ending end = ending::complete;
  std::uint64_t next_slice = start + slice_length, now = start;
  int pause = 10;
  while (now - start < o.for_ns) {
    const std::uint64_t left = (start + o.for_ns - now + ms - 1) / ms;
    const bool ended = wait(server, static_cast<int>(std::min<std::uint64_t>(static_cast<std::uint64_t>(pause), left))) && !server.alive();
    now = observe::monotonic_now_ns();
    if (ended) end = ending::server_ended;
    else if (interrupted) end = ending::interrupted;
    if (end != ending::complete) break;
    pause = r.poll(now, observe::is_stopped(observe::process_state(server.pid()))) > many_samples ? 1 : 10;
    if (now < next_slice) continue;
    r.end_slice(now);
    if (!server.alive()) {
      end = ending::server_ended;
      break;
    }
    next_slice = std::max(next_slice + slice_length, now);
    shown.show(r, now - start);
  }
  recording made = r.finish(now);
  made.end = end;
  made.started_realtime = started_realtime;
  made.asked = o.for_ns;
  made.server.name = o.name;
  made.server.sample_asked = o.sample;
  return made;
}

host_facts this_host() {
  host_facts host;
  utsname names{};
  if (uname(&names) == 0) host.name = names.nodename, host.kernel = std::string(names.sysname) + " " + names.release;
  host.processors = static_cast<unsigned>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
  if (double load = 0; getloadavg(&load, 1) == 1) host.load = load;
  host.processor = names.machine;
  std::ifstream about("/proc/cpuinfo");
  for (std::string line; std::getline(about, line);) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
      host.processor = line.substr(line.find(": ") + 2);
      break;
    }
  }
  return host;
}

std::string new_directory(const std::string& name) {
  std::string safe;
  for (const char c : fs::path(name).filename().string()) safe += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ? c : '_';
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char stamp[32] = "";
  if (localtime_r(&now, &parts) != nullptr) std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &parts);
  return "ringcall-profile-" + (safe.empty() ? "server" : safe) + "-" + stamp;
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::system_error(errno, std::generic_category(), "writing " + path.string());
}

void make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw std::system_error(error, "making the directory " + path + " for the report (--out chooses another)");
  if (access(path.c_str(), W_OK | X_OK) == -1) throw std::system_error(errno, std::generic_category(), "writing into " + path + " (--out chooses another)");
}

void write_documents(const fs::path& into, const recording& r, const std::vector<finding>& findings, const std::string& data, const std::string& text) {
  write_file(into / "report.html", html_report(r, findings));
  write_file(into / "report.png", png_report(r, findings));
  write_file(into / "report.txt", text);
  write_file(into / "data.json", data);
  write_file(into / "trace.json", json_trace(r));
  const std::vector<document> percentiles = hgrm_documents(r);
  for (const document& d : percentiles) write_file(into / d.name, d.bytes);
  std::fprintf(stderr, "%s: report.html, report.png, report.txt, data.json, trace.json (for ui.perfetto.dev) and %zu .hgrm files\n", clean(into.string()).c_str(),
      percentiles.size());
}

}  // namespace

int run_profile(const profile_options& o) {
  if (o.for_ns == 0) throw misuse("profile: --for must be longer than nothing, as 10s");
  observe::server server(o.name);
  if (o.sample == 0 && server.stats().current_policy().sample_every == 0) throw misuse("profile: --sample 0 leaves sampling as it is, and the server samples no call; 1 samples each, 64 one in 64");
  if (!o.method.empty() && std::none_of(server.stats().methods().begin(), server.stats().methods().end(),
      [&](const observe::method_info& m) { return m.name.find(o.method) != std::string::npos; })) {
    throw misuse("profile: no method of " + clean(o.name) + " has '" + clean(o.method) + "' in its name; 'ringcall inspect " + clean(o.name) + "' lists them");
  }
  const std::string out = !o.out.empty() || !o.json.empty() ? o.out : new_directory(o.name);
  if (!out.empty()) make_directory(out);
  if (o.sample != 0) server.sample(o.sample);
  recording r = record(server, o);
  r.host = this_host();
  const std::vector<finding> findings = find(r);
  const std::string data = json_data(r, findings), text = text_report(r, findings);
  if (!out.empty()) write_documents(out, r, findings, data, text);
  if (!o.json.empty() && o.json != "-") write_file(o.json, data);
  put(o.json == "-" ? data : text);
  return 0;
}

}  // namespace ringcall::tool
