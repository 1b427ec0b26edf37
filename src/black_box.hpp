#pragma once
// The runs that a channel took last and the record that is being served, in its segment: what is left of them after a crash. Only written: the client
// may write there, too.

#include "counter.hpp"
#include "ringcall/ring.hpp"

#include <cstdint>

namespace ringcall {

// Belongs to the channel's loop.
class black_box {
 public:
  explicit black_box(ringcall_black_box& at) noexcept : head_(at) { idle(); }

  // A run of count records was taken, of which this is the first.
  void take(std::uint64_t position, std::uint64_t now, std::uint32_t count, const record& first) noexcept {
    run_ = reinterpret_cast<ringcall_black_box_run*>(&head_ + 1) + runs_ % RINGCALL_BLACK_BOX_RUNS;
    set(run_->position, position);
    set(run_->taken, now);
    pair(run_->count, count, std::uint32_t{first.id} << 16 | first.code);
    pair(run_->deadline, first.detail, first.shape);
    pair(run_->ended, 0, 0);
    pair(run_->on_worker, 0, 0);
    set(head_.runs, ++runs_);
  }

  std::uint64_t runs() const noexcept { return runs_; }

  // The handler of count records of the run may have begun from now on; ended are behind it.
  void running(std::uint64_t position, std::uint32_t count, std::uint16_t method, std::uint32_t ended) noexcept {
    if (ended != 0) set(run_->ended, ended);
    pair(head_.running_count, count, method);
    set(head_.running_position, position);
  }

  void idle() noexcept { set(head_.running_position, RINGCALL_WANT_NONE); }

  void end(std::uint32_t ended, std::uint32_t failed, std::uint32_t on_worker, std::uint32_t last_status) noexcept {
    pair(run_->ended, ended, failed);
    if ((on_worker | last_status) != 0) pair(run_->on_worker, on_worker, last_status);
    idle();
  }

 private:
  // Two words of 32 bits by one store: first is the lower one's place.
  static void pair(std::uint32_t& first, std::uint32_t low, std::uint32_t high) noexcept {
    set(*reinterpret_cast<std::uint64_t*>(&first), low | std::uint64_t{high} << 32);
  }

  ringcall_black_box& head_;
  ringcall_black_box_run* run_ = nullptr; // the latest
  std::uint64_t runs_ = 0;
};

}  // namespace ringcall
