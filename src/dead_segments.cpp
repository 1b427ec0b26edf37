#include "dead_segments.hpp"

#include "system.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <utility>

namespace ringcall {

dead_segments::dead_segments() : bell_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd for what clients leave behind")) {}

void dead_segments::put(segment&& s) noexcept {
  segment dead = std::move(s);
  try {
    const std::lock_guard lock(mutex_);
    segments_.reserve(segments_.size() + 1);
    segments_.push_back(std::move(dead));
  } catch (const std::exception&) {
    return;
  }
  const std::uint64_t one = 1;
  if (write(bell_.get(), &one, sizeof one) == -1) unmap(); // nobody would be told
}

void dead_segments::unmap() noexcept {
  std::uint64_t count;
  [[maybe_unused]] const ssize_t got = read(bell_.get(), &count, sizeof count); // only to make it quiet
  std::vector<segment> dead; // ends behind the lock
  {
    const std::lock_guard lock(mutex_);
    dead.swap(segments_);
  }
}

}  // namespace ringcall
