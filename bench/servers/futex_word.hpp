#pragma once
// A futex word in memory that two processes share. (std::atomic::wait works within one process only.)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>

namespace bench {

struct alignas(128) futex_word {
  std::atomic<std::uint32_t> value{0};

  // Returns when the value is not, or no longer, known. May return early.
  void wait(std::uint32_t known) noexcept { syscall(SYS_futex, &value, FUTEX_WAIT, known, nullptr, nullptr, 0); }
  void wake() noexcept { syscall(SYS_futex, &value, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }
};

}  // namespace bench
