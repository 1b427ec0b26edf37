#include "stats_reader.hpp"

#include "histogram.hpp"
#include "quantile.hpp"

#include <algorithm>
#include <cstring>

namespace ringcall {
namespace {

using std::chrono::nanoseconds;

nanoseconds ns(std::uint64_t value) noexcept { return nanoseconds(static_cast<std::int64_t>(value)); }

stage_stats summary(const merged_histogram& h) noexcept {
  if (h.count == 0) return {};
  return {h.count, ns(h.sum / h.count), ns(h.percentile(0.5)), ns(h.percentile(0.9)), ns(h.percentile(0.99)), ns(h.percentile(0.999)), ns(h.max)};
}

loop_stats value_of(const ringcall_loop_stats& l) noexcept {
  loop_stats s;
  s.calls = recent(l.calls), s.runs = recent(l.runs), s.turns = recent(l.turns), s.sleeps = recent(l.sleeps);
  s.bells_rung = recent(l.bells_rung), s.bells_saved = recent(l.bells_saved);
  s.attached = recent(l.attached), s.left = recent(l.left), s.poisoned = recent(l.poisoned);
  s.longest_turn = ns(recent(l.longest_turn));
  s.asleep = recent(l.asleep) != 0;
  return s;
}

}  // namespace

void merged_histogram::add(const ringcall_histogram& h) noexcept {
  if (recent(h.count) == 0) return;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const std::uint64_t n = recent(h.buckets[i]);
    buckets[i] += n;
    count += n;
  }
  sum += recent(h.sum);
  max = std::max(max, recent(h.max));
}

std::uint64_t merged_histogram::percentile(double quantile) const noexcept {
  if (count == 0) return max;
  const std::uint64_t rank = quantile_rank(quantile, count);
  std::uint64_t below = 0;
  for (std::uint32_t i = 0; i < buckets.size(); ++i) {
    below += buckets[i];
    if (below >= rank) return std::min(histogram::upper(i), max);
  }
  return max;
}

std::optional<ringcall_channel_stats> stats_reader::channel(std::uint32_t i) const noexcept {
  constexpr int tries = 8; // it is written ten times a second
  const ringcall_channel_stats& from = at<ringcall_channel_stats>(header_->channels_offset)[i];
  for (int t = 0; t < tries; ++t) {
    const std::uint64_t before = std::atomic_ref(const_cast<std::uint64_t&>(from.sequence)).load(std::memory_order_acquire);
    ringcall_channel_stats copy;
    auto* to = reinterpret_cast<std::uint64_t*>(&copy);
    const auto* words = reinterpret_cast<const std::uint64_t*>(&from);
    for (std::size_t w = 0; w < sizeof copy / 8; ++w) to[w] = recent(words[w]);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && recent(from.sequence) == before) return copy.id != 0 ? std::optional(copy) : std::nullopt;
  }
  return std::nullopt;
}

merged_histogram stats_reader::merged(std::uint32_t method, std::uint32_t stage) const noexcept {
  merged_histogram all;
  for (std::uint32_t l = 0; l < header_->loop_count; ++l) all.add(this->method(l, method).stages[stage]);
  return all;
}

method_stats stats_reader::one(std::uint32_t i) const {
  const ringcall_method_info& m = method(i);
  method_stats s;
  s.id = m.id;
  s.name.assign(m.name, strnlen(m.name, sizeof m.name));
  using stats = ringcall_method_stats;
  s.calls = sum(i, [](const stats& x) -> const std::uint64_t& { return x.calls; });
  s.batch_records = sum(i, [](const stats& x) -> const std::uint64_t& { return x.batch_records; });
  s.worker_calls = sum(i, [](const stats& x) -> const std::uint64_t& { return x.worker_calls; });
  s.sampled = sum(i, [](const stats& x) -> const std::uint64_t& { return x.sampled; });
  for (std::size_t status = RINGCALL_OK + 1; status < std::size(stats{}.statuses); ++status) {
    s.failed += sum(i, [status](const stats& x) -> const std::uint64_t& { return x.statuses[status]; });
  }
  s.expired = sum(i, [](const stats& x) -> const std::uint64_t& { return x.statuses[RINGCALL_EXPIRED]; });
  for (std::uint32_t stage = 0; stage < RINGCALL_STAGES; ++stage) s.stages[stage] = summary(merged(i, stage));
  return s;
}

server_stats stats_reader::all() const {
  server_stats s;
  s.epoch = header_->epoch;
  s.draining = recent(header_->draining) != 0;
  s.sample_every = recent(header_->sample_every);
  s.observers = recent(header_->observers);
  s.refused = recent(header_->refused);
  for (std::uint32_t i = 0; i < header_->method_count; ++i) s.methods.push_back(one(i));
  for (std::uint32_t i = 0; i < header_->loop_count; ++i) s.loops.push_back(value_of(loop(i)));
  for (std::uint32_t i = 0; i < header_->channel_count; ++i) {
    const auto c = channel(i);
    if (c) s.channels.push_back({c->id, c->pid, c->loop, c->server.calls, c->server.runs, c->server.answers, c->waiting, c->polled != 0});
  }
  return s;
}

}  // namespace ringcall
