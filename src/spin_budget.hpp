#pragma once
// How long to go on polling before sleeping: as long as it has paid off lately.
//
// A poll that meets its event sets the full budget. One that ends in sleep halves it, down to the floor, where polling costs next to nothing. A sleep at the
// floor that was short is followed by a probe, so that a peer that has become quick is noticed: by its first short sleep, if those before were long. A
// probe polls several full budgets: where waking takes longer than one, each side would find the other asleep for ever, and sleep itself for that reason. Only what
// the poll behind it meets as well makes it a success; else, as after one in vain, twice as many short sleeps pass until the next. A
// time jump while polling means that the core is wanted elsewhere: straight to the floor.

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
    on_trial_ = probing_;
    probing_ = false;
    if (on_trial_) return;
    probe_every_ = 1;
    short_sleeps_ = 0;
  }

  void missed() noexcept {
    if (!give_up_probe()) budget_ = std::max(floor_, budget_ / 2);
  }

  // The event came when the core was offered to others: it may have waited for that. Says nothing of a budget, but a probe there keeps its peer from running.
  void yielded() noexcept { give_up_probe(); }

  // After missed: what was polled for has come, so long after the last event.
  void woken(std::uint64_t waited) noexcept {
    if (budget_ > floor_ || waited > probe_reach * full_ || ++short_sleeps_ < probe_every_) return;
    short_sleeps_ = 0;
    probing_ = true;
  }

  void contended() noexcept {
    give_up_probe();
    budget_ = floor_;
  }

 private:
  static constexpr std::uint64_t probe_reach = 8;   // full budgets
  static constexpr std::uint32_t probe_last = 256;  // short sleeps

  // Ends a probe, or its trial, as a failure; false: there is none.
  bool give_up_probe() noexcept {
    if (!probing_ && !on_trial_) return false;
    probing_ = on_trial_ = false;
    budget_ = floor_;
    probe_every_ = std::min(2 * probe_every_, probe_last);
    return true;
  }

  std::uint64_t full_;
  std::uint64_t floor_;
  std::uint64_t budget_;
  std::uint32_t short_sleeps_ = 0;
  std::uint32_t probe_every_ = 1;
  bool probing_ = false;
  bool on_trial_ = false; // the last wait was a probe that met its event
};

}  // namespace ringcall
