#pragma once
// Which calls are sampled: one of every so many, at a place that moves as the multiples of the golden ratio do, so that no pattern of calls stays in step
// with it. As go/choice.go chooses. Belongs to one thread.

#include <cstdint>

namespace ringcall::load {

class choice {
 public:
  // Whether the next call is to be sampled, where one of every so many is; every is what another process wrote, and may be anything. 0: none.
  bool is_next(std::uint32_t every) noexcept {
    if (every != every_) {
      every_ = every;
      left_ = place() + 1;
    }
    return every != 0 && left_ == 1;
  }
  // Goes on to the call behind it.
  void advance() noexcept {
    if (every_ == 0 || --left_ != 0) return;
    const std::uint64_t rest = every_ - place();
    phase_ += golden_ratio;
    left_ = rest + place();
  }

 private:
  static constexpr std::uint32_t golden_ratio = 0x9e3779b9; // of 2^32

  std::uint64_t place() const noexcept { return std::uint64_t{phase_} * every_ >> 32; }

  std::uint32_t every_ = 0;
  std::uint32_t phase_ = 0; // where in its so many the last one lies, as a fraction of 2^32
  std::uint64_t left_ = 1;  // calls up to and with the next one
};

}  // namespace ringcall::load
