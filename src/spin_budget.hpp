#pragma once
// How long to go on polling before sleeping: as long as it has paid off lately.
//
// A poll that meets its event sets the full budget. One that ends in sleep halves it, down to the floor, where polling costs next to
// nothing; from there every 16th try (more rarely the longer it stays useless, up to every 256th) is a probe, so that a peer that has become quick
// is noticed. A probe polls several full budgets: where waking takes longer than one, each side would find the other asleep for ever, and sleep
// itself for that reason. A time jump while polling means that the core is wanted elsewhere: straight to the floor.

#include <algorithm>
#include <cstdint>

namespace ringcall {

class spin_budget {
 public:
  // Both in the caller's unit of time; full 0 means never to poll.
  spin_budget(std::uint64_t full, std::uint64_t floor) noexcept : full_(full), floor_(std::min(full, floor)), budget_(full) {}

  std::uint64_t current() const noexcept { return probing_ ? probe_reach * full_ : budget_; }

  void met() noexcept {
    budget_ = full_;
    probing_ = false;
    probe_every_ = probe_first;
    misses_ = 0;
  }

  void missed() noexcept {
    if (budget_ > floor_) {
      budget_ = std::max(floor_, budget_ / 2);
      return;
    }
    if (probing_) probe_every_ = std::min(probe_every_ * 2, probe_last);
    probing_ = ++misses_ % probe_every_ == 0;
  }

  void contended() noexcept {
    budget_ = floor_;
    probing_ = false;
  }

 private:
  static constexpr std::uint64_t probe_reach = 8; // full budgets
  static constexpr std::uint32_t probe_first = 16;
  static constexpr std::uint32_t probe_last = 256;

  std::uint64_t full_;
  std::uint64_t floor_;
  std::uint64_t budget_;
  std::uint32_t misses_ = 0;
  std::uint32_t probe_every_ = probe_first;
  bool probing_ = false;
};

}  // namespace ringcall
