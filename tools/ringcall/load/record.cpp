// ringcall record: a running server's real traffic, with its timing, to a file.

#include "capture_reader.hpp"
#include "commands.hpp"
#include "description.hpp"
#include "interrupt.hpp"
#include "recording.hpp"

#include "observe/server.hpp"
#include "print/output.hpp"
#include "print/units.hpp"

#include "segment.hpp"

#include <poll.h>
#include <unistd.h>

#include <map>
#include <optional>

namespace ringcall::tool {
namespace {

using namespace load;

constexpr std::uint64_t ring_bytes = 16u << 20; // of each loop: 10 ms at 1.6 GB/s
constexpr int pause_ms = 10;                    // between two looks
constexpr std::uint64_t max_bytes_least = 128u << 10;

enum class why { time, interrupt, full, server };

class recorder {
 public:
  recorder(const record_options& o, observe::server& s)
      : o_(o), server_(s), capture_(s.capture(ring_bytes)), began_(monotonic_ns()), file_(o.file, s.name(), s.stats().header().epoch, s.stats().interface_text(), began_) {}

  why run() {
    while (drain()) {
      const std::uint64_t elapsed = monotonic_ns() - began_;
      if (interrupted()) return end(why::interrupt);
      if (o_.for_ns != 0 && elapsed >= o_.for_ns) return end(why::time);
      if (!server_.alive()) return end(why::server);
      progress(elapsed);
      pollfd p{server_.watch(), POLLIN, 0};
      poll(&p, 1, pause_ms);
    }
    return end(why::full);
  }

  const recording_writer& file() const noexcept { return file_; }
  std::uint64_t dropped() const noexcept { return capture_.dropped(); }
  std::uint64_t elapsed_ns() const noexcept { return ended_ - began_; }
  const std::map<std::uint16_t, std::uint64_t>& methods() const noexcept { return methods_; }

 private:
  bool drain() {
    return capture_.drain([this](const ringcall_captured& call, std::span<const std::byte> body) {
      if (file_.size() + call.size + sizeof(recording_end) > o_.max_bytes) return false;
      file_.add(call, body);
      ++methods_[call.method];
      return true;
    });
  }

  // What has come meanwhile belongs to it, unless the file is full; then the file is completed.
  why end(why reason) {
    ended_ = monotonic_ns();
    if (reason != why::full && !drain()) reason = why::full;
    file_.end(capture_.dropped(), ended_);
    if (shown_) std::fputs("\r\x1b[K", stderr);
    return reason;
  }

  void progress(std::uint64_t elapsed) {
    if (isatty(STDERR_FILENO) != 1 || elapsed - shown_at_ < 200'000'000) return;
    shown_ = true;
    shown_at_ = elapsed;
    const std::uint64_t dropped = capture_.dropped();
    std::fprintf(stderr, "\r%s  %s calls, %s%s\x1b[K", elapsed_text(elapsed).c_str(), count_text(file_.calls()).c_str(), bytes_text(file_.size()).c_str(),
                 dropped == 0 ? "" : (", " + count_text(dropped) + " dropped").c_str());
    std::fflush(stderr);
  }

  const record_options& o_;
  observe::server& server_;
  capture_reader capture_;
  std::uint64_t began_;
  std::uint64_t ended_ = 0;
  recording_writer file_;
  std::map<std::uint16_t, std::uint64_t> methods_; // calls by number
  bool shown_ = false;
  std::uint64_t shown_at_ = 0;
};

// A description that cannot be read leaves the methods without their names: what is recorded is recorded.
description described_by(const std::string& text) {
  try {
    return description::parse(text);
  } catch (const bad_description&) {
    return {};
  }
}

json json_of(const record_options& o, const recorder& r, const description& d) {
  json methods = json::array();
  for (const auto& [id, calls] : r.methods()) methods.push_back({{"name", d.find(id).name}, {"id", id}, {"calls", calls}});
  return {{"file", o.file}, {"server", o.name}, {"seconds", static_cast<double>(r.elapsed_ns()) / 1e9}, {"calls", r.file().calls()}, {"dropped", r.dropped()},
          {"bytes", r.file().size() + sizeof(recording_end)}, {"methods", methods}};
}

std::string text_of(const record_options& o, const recorder& r, const description& d, why reason) {
  std::string text = count_text(r.file().calls()) + " calls in " + duration_text(r.elapsed_ns()) + ", " + bytes_text(r.file().size() + sizeof(recording_end)) + " in " + o.file;
  if (reason == why::full) text += "; ended early: --max-bytes " + bytes_text(o.max_bytes) + " is reached";
  text += "\n";
  for (const auto& [id, calls] : r.methods()) text += "  " + d.find(id).name + "  " + count_text(calls) + "\n";
  if (r.dropped() != 0) text += count_text(r.dropped()) + " calls are missing: the server had them faster than this process read them\n";
  return text;
}

}  // namespace

int run_record(const record_options& o) {
  if (o.max_bytes < max_bytes_least) throw misuse("--max-bytes takes " + bytes_text(max_bytes_least) + " or more: the server's description alone may have half of that");
  observe::server server(o.name);
  catch_interrupts();
  recorder r(o, server);
  const why reason = r.run();
  const description d = described_by(server.stats().interface_text());
  o.json ? put_json(json_of(o, r, d)) : put(text_of(o, r, d, reason));
  if (reason == why::server) server.check_alive(); // throws what became of it
  return 0;
}

}  // namespace ringcall::tool
