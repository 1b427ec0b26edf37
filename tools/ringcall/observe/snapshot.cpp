#include "observe/snapshot.hpp"

#include "observe/shared.hpp"

#include <ctime>

#include <algorithm>
#include <numeric>
#include <optional>

namespace ringcall::observe {
namespace {

constexpr int copies_tried = 1000;

void add(method_counts& sum, const ringcall_method_stats& shared) {
  sum.calls += load(shared.calls);
  sum.batch_records += load(shared.batch_records);
  for (std::size_t i = 0; i < sum.statuses.size(); ++i) sum.statuses[i] += load(shared.statuses[i]);
  sum.worker_calls += load(shared.worker_calls);
  sum.sampled += load(shared.sampled);
  sum.unobserved += load(shared.unobserved);
  sum.other_failures += load(shared.other_failures);
  for (const auto& failure : shared.failures) {
    if (load(failure.used, std::memory_order_acquire) == 0) continue;
    sum.failures[load(failure.code)] += load(failure.count);
  }
  for (std::size_t i = 0; i < RINGCALL_STAGES; ++i) sum.stages[i].add(copy(shared.stages[i]));
}

// None: it is written all the while.
std::optional<ringcall_channel_stats> copy(const ringcall_channel_stats& shared) noexcept {
  for (int i = 0; i < copies_tried; ++i) {
    const std::uint64_t before = load(shared.sequence, std::memory_order_acquire);
    if (before % 2 != 0) continue;
    ringcall_channel_stats mine = load_struct(shared);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (load(shared.sequence) == before) return mine;
  }
  return std::nullopt;
}

std::uint64_t less(std::uint64_t now, std::uint64_t before) noexcept { return now > before ? now - before : 0; }

method_counts delta(const method_counts& now, const method_counts& before) {
  method_counts d;
  d.calls = less(now.calls, before.calls);
  d.batch_records = less(now.batch_records, before.batch_records);
  for (std::size_t i = 0; i < d.statuses.size(); ++i) d.statuses[i] = less(now.statuses[i], before.statuses[i]);
  d.worker_calls = less(now.worker_calls, before.worker_calls);
  d.sampled = less(now.sampled, before.sampled);
  d.unobserved = less(now.unobserved, before.unobserved);
  d.other_failures = less(now.other_failures, before.other_failures);
  for (const auto& [code, count] : now.failures) {
    const auto old = before.failures.find(code);
    if (const std::uint64_t more = less(count, old == before.failures.end() ? 0 : old->second); more != 0) d.failures[code] = more;
  }
  for (std::size_t i = 0; i < RINGCALL_STAGES; ++i) d.stages[i] = delta(now.stages[i], before.stages[i]);
  return d;
}

ringcall_loop_stats delta(const ringcall_loop_stats& now, const ringcall_loop_stats& before) {
  ringcall_loop_stats d = now;
  for (auto member : {&ringcall_loop_stats::turns, &ringcall_loop_stats::sleeps, &ringcall_loop_stats::calls, &ringcall_loop_stats::runs, &ringcall_loop_stats::bells_rung,
                      &ringcall_loop_stats::bells_saved, &ringcall_loop_stats::poisoned, &ringcall_loop_stats::attached, &ringcall_loop_stats::left,
                      &ringcall_loop_stats::waited_answers, &ringcall_loop_stats::recovered_wakes, &ringcall_loop_stats::samples}) {
    d.*member = less(now.*member, before.*member);
  }
  for (std::size_t i = 0; i < RINGCALL_RUN_LENGTHS; ++i) d.run_lengths[i] = less(now.run_lengths[i], before.run_lengths[i]);
  if (now.longest_turn <= before.longest_turn && now.longest_turn_at == before.longest_turn_at) d.longest_turn = 0;
  return d;
}

}  // namespace

std::uint64_t monotonic_now_ns() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

std::uint64_t method_counts::not_ok() const noexcept { return std::accumulate(statuses.begin() + 1, statuses.end(), std::uint64_t{0}); }

std::uint64_t snapshot::calls() const noexcept {
  return std::accumulate(methods.begin(), methods.end(), std::uint64_t{0}, [](std::uint64_t sum, const method_counts& m) { return sum + m.calls; });
}

snapshot take(const stats_view& view) {
  snapshot s;
  s.at_ns = monotonic_now_ns();
  s.since_ns = std::min(view.header().started, s.at_ns);
  s.policy = view.current_policy();
  s.methods.resize(view.methods().size());
  for (std::uint32_t l = 0; l < view.loops(); ++l) {
    s.loops.push_back(load_struct(view.loop(l)));
    for (std::uint32_t m = 0; m < s.methods.size(); ++m) add(s.methods[m], view.method(l, m));
  }
  for (std::uint32_t c = 0; c < view.channels(); ++c) {
    if (load(view.channel(c).id) == 0) continue;
    const auto channel = copy(view.channel(c));
    if (!channel) ++s.unreadable_channels;
    else if (channel->id != 0) s.channels.push_back(*channel);
  }
  return s;
}

snapshot delta(const snapshot& now, const snapshot& before) {
  snapshot d;
  d.at_ns = now.at_ns;
  d.since_ns = before.at_ns;
  d.policy = now.policy;
  d.channels = now.channels;
  d.unreadable_channels = now.unreadable_channels;
  for (std::size_t i = 0; i < now.methods.size(); ++i) d.methods.push_back(delta(now.methods[i], before.methods[i]));
  for (std::size_t i = 0; i < now.loops.size(); ++i) d.loops.push_back(delta(now.loops[i], before.loops[i]));
  return d;
}

}  // namespace ringcall::observe
