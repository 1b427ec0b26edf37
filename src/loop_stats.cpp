// What a loop tells of itself in the server's statistics and its log, and when.

#include "loop.hpp"

#include "counter.hpp"
#include "cpu.hpp"

namespace ringcall {
namespace {

constexpr std::uint64_t ticks_per_report = 10; // each channel's state goes to the statistics
constexpr std::uint64_t turns_per_beat = 16;

}  // namespace

// Tells the statistics what the clock says.
void loop::note_time(std::uint64_t now) {
  ringcall_loop_stats& s = tools_.stats.stats;
  tools_.now = cpu::clock_kind() == RINGCALL_CLOCK_CYCLES ? now : tools_.clock.ns_at(now);
  set(s.turns, ++turns_);
  if (turns_ % turns_per_beat == 0) set(s.beat, tools_.clock.ns_at(now));
  if (now_ != 0 && now - now_ > longest_turn_) [[unlikely]] {
    longest_turn_ = now - now_;
    set(s.longest_turn_at, tools_.clock.ns_at(now));
    set(s.longest_turn, static_cast<std::uint64_t>(static_cast<double>(longest_turn_) * tools_.clock.ns_per_cycle()));
  }
  if (now - ticked_at_ > tick_every_) [[unlikely]] tick(now);
}

void loop::tick(std::uint64_t now) {
  ticked_at_ = now;
  if (policy_is_due_) apply_policy();
  for (channel* c : active_) {
    c->sweep();
    c->count();
  }
  if (++ticks_ % ticks_per_report != 0) return;
  sum_up(now_ns());
  for (channel* c : active_) c->report(now_ns());
}

void loop::note_awake() {
  tools_.now = cpu::stamp();
  now_ = cpu::cycles(); // what the wake brings is part of the turn
  set(tools_.stats.stats.asleep, 0);
  const std::uint64_t now = now_ns();
  set(tools_.stats.stats.beat, now);
  sum_up(now);
}

// Tells what the log was spared.
void loop::sum_up(std::uint64_t now_ns) {
  for (log_limit* l : {&closed_lines_, &poisoned_lines_, &failed_lines_}) l->sum_up(now_ns);
}

}  // namespace ringcall
