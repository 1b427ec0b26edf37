#include "log_limit.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace ringcall {

log_limit::log_limit(std::shared_ptr<spdlog::logger> log, spdlog::level::level_enum level, const char* kind) : log_(std::move(log)), level_(level), kind_(kind) {}

bool log_limit::admits(std::uint64_t now_ns) {
  if (ends(now_ns)) since_ns_ = now_ns;
  if (admitted_ == lines_most) {
    ++left_out_;
    return false;
  }
  ++admitted_;
  return true;
}

// True: the period is over, and what it has left out is told.
bool log_limit::ends(std::uint64_t now_ns) {
  if (now_ns < since_ns_ + period_ns) return false;
  tell();
  admitted_ = 0;
  return true;
}

void log_limit::tell() {
  if (left_out_ != 0) log_->log(level_, "{}: {} more like these", kind_, left_out_);
  left_out_ = 0;
}

}  // namespace ringcall
