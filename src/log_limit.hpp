#pragma once
// How much of one kind a log takes. What clients can cause as often as they like must neither fill it nor keep its writer from serving; what was left out is
// told by its number.

#include <spdlog/common.h>

#include <cstdint>
#include <memory>

namespace spdlog {
class logger;
}

namespace ringcall {

// For one thread at a time. A kind that must not be hidden by another has a limit of its own.
class log_limit {
 public:
  static constexpr std::uint64_t period_ns = 1'000'000'000; // in which no more lines come out, one by one, than
  static constexpr std::uint64_t lines_most = 100;

  // kind, which must outlive it: the line that sums up is "kind: N more like these", of the same level as the others.
  log_limit(std::shared_ptr<spdlog::logger> log, spdlog::level::level_enum level, const char* kind);
  ~log_limit() { tell(); }
  log_limit(const log_limit&) = delete;
  log_limit& operator=(const log_limit&) = delete;

  // Whether the next line may come out; if not, it is counted. Times are of any one clock.
  bool admits(std::uint64_t now_ns);
  // Tells what a period that is over has left out, which admits would do only before its next line. True: it is to be called again in a period.
  bool sum_up(std::uint64_t now_ns) { return left_out_ != 0 && !ends(now_ns); }

 private:
  bool ends(std::uint64_t now_ns);
  void tell();

  const std::shared_ptr<spdlog::logger> log_;
  const spdlog::level::level_enum level_;
  const char* const kind_;
  std::uint64_t since_ns_ = 0; // a period's begin
  std::uint64_t admitted_ = 0; // in it
  std::uint64_t left_out_ = 0;
};

}  // namespace ringcall
