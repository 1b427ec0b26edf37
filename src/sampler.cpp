#include "sampler.hpp"

#include "counter.hpp"
#include "histogram.hpp"

#include <algorithm>
#include <atomic>
#include <new>

namespace ringcall {

sampler::entry* sampler::find(std::uint16_t id) noexcept {
  const std::uint32_t index = id & ~RINGCALL_ID_SAMPLED;
  return index < count_ && entries_ != nullptr ? &entries_[index] : nullptr;
}

bool sampler::begin(const taken_call& c, std::uint64_t now, const loop_block& stats, cpu::monotonic_clock& clock) noexcept {
  if (entries_ == nullptr) {
    try {
      waiting_.reserve(count_);
      publishing_.reserve(count_);
      entries_ = std::make_unique<entry[]>(count_);
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
  entry* e = find(c.id);
  if (e == nullptr || e->now == state::running) return false;
  const auto index = static_cast<std::uint16_t>(c.id & ~RINGCALL_ID_SAMPLED);
  // Its line was the client's so far: it may come while the handler runs, and is looked at when the answer is published.
  cpu::prefetch_to_write(&times_[index]);
  if (e->now == state::answered) {
    drop(*e);
    clock.ns(); // sets it if that was long ago
    if (!finish(index, now, stats, clock)) lose(*e, stats);
  }
  *e = {c.position, 0, now, 0, 0, c.method, 1, 0, static_cast<std::uint16_t>(c.flags), RINGCALL_OK, state::running, false};
  return true;
}

// Takes in what the client noted when it posted the call. In the order of positions, and before an answer lets the client use the id again.
void sampler::look(entry& e, std::uint16_t index) noexcept {
  const ringcall_times& t = times_[index];
  // Clients stamp in the order of their positions, so that no call was posted before the last one that was sampled.
  e.posted = last_posted_ = std::clamp(recent(t.posted), std::min(last_posted_, e.taken), e.taken);
  e.observed_before = recent(t.observed);
  e.looked = true;
}

void sampler::answered(std::uint16_t id, std::uint64_t taken, std::uint64_t answered, std::uint16_t status) noexcept {
  entry* e = find(id);
  if (e == nullptr || e->now != state::running) return;
  e->taken = std::max(taken, e->taken);
  e->answered = std::max(answered, e->taken);
  e->status = status;
  e->now = state::answered;
  e->place = static_cast<std::uint32_t>(waiting_.size());
  waiting_.push_back(static_cast<std::uint16_t>(id & ~RINGCALL_ID_SAMPLED)); // has room: it was not in it
  delayed(id);
}

void sampler::note(std::uint16_t id, std::uint32_t records, std::uint32_t flags) noexcept {
  entry& e = *find(id);
  e.records = records;
  e.flags |= static_cast<std::uint16_t>(flags);
  if ((flags & RINGCALL_SAMPLE_WORKER) != 0) look(e, static_cast<std::uint16_t>(id & ~RINGCALL_ID_SAMPLED)); // others of later positions may be answered before
}

void sampler::delayed(std::uint16_t id) noexcept {
  if (publishing_.size() < publishing_.capacity()) publishing_.push_back(id); // else of a client that uses ids twice
}

void sampler::publish() noexcept {
  for (const std::uint16_t id : publishing_) {
    entry* e = find(id);
    if (e == nullptr || e->now != state::answered) continue;
    const auto index = static_cast<std::uint16_t>(id & ~RINGCALL_ID_SAMPLED);
    if (!e->looked) look(*e, index);
    set(times_[index].taken, e->taken);
    set(times_[index].answered, e->answered);
  }
}

void sampler::published(bool rung) noexcept {
  for (const std::uint16_t id : publishing_) {
    entry* e = find(id);
    if (e != nullptr) e->flags = static_cast<std::uint16_t>((e->flags & ~RINGCALL_SAMPLE_CLIENT_RUNG) | (rung ? RINGCALL_SAMPLE_CLIENT_RUNG : 0));
  }
  publishing_.clear();
}

void sampler::lose(entry& e, const loop_block& stats) noexcept {
  bump(stats.methods[e.method].unobserved);
  e.now = state::free;
}

// Out of those that wait to be observed.
void sampler::drop(const entry& e) noexcept {
  const std::uint32_t place = e.place;
  waiting_[place] = waiting_.back();
  entries_[waiting_[place]].place = place;
  waiting_.pop_back();
}

// Counts an answered call if the client has noted that it observed the answer. False: it has not.
bool sampler::finish(std::uint16_t index, std::uint64_t now, const loop_block& stats, cpu::monotonic_clock& clock) noexcept {
  entry& e = entries_[index];
  if (!e.looked) return false;
  const std::uint64_t observed = recent(times_[index].observed);
  if (observed == e.observed_before) return false;
  write(e, std::clamp(observed, e.answered, std::max(now, e.answered)), stats, clock);
  e.now = state::free;
  return true;
}

void sampler::write(const entry& e, std::uint64_t observed, const loop_block& stats, cpu::monotonic_clock& clock) noexcept {
  const std::uint64_t posted_ns = clock.ns_of(e.posted), taken_ns = clock.ns_of(e.taken), answered_ns = clock.ns_of(e.answered), observed_ns = clock.ns_of(observed);
  ringcall_method_stats& m = stats.methods[e.method];
  histogram::record(m.stages[(e.flags & RINGCALL_SAMPLE_SERVER_RUNG) != 0 ? RINGCALL_STAGE_SERVER_WAKE : RINGCALL_STAGE_QUEUE], taken_ns - posted_ns);
  histogram::record(m.stages[RINGCALL_STAGE_HANDLER], answered_ns - taken_ns);
  histogram::record(m.stages[(e.flags & RINGCALL_SAMPLE_CLIENT_RUNG) != 0 ? RINGCALL_STAGE_CLIENT_WAKE : RINGCALL_STAGE_RESPONSE], observed_ns - answered_ns);
  histogram::record(m.stages[RINGCALL_STAGE_TOTAL], observed_ns - posted_ns);
  bump(m.sampled);

  const std::uint64_t number = recent(stats.stats.samples) + 1;
  ringcall_sample& s = stats.samples[(number - 1) % RINGCALL_SAMPLES];
  set(s.sequence, 0);
  std::atomic_thread_fence(std::memory_order_release); // before the words that follow
  set(s.posted, posted_ns);
  set(s.taken, taken_ns);
  set(s.answered, answered_ns);
  set(s.observed, observed_ns);
  set(s.position, e.position);
  set(s.channel, channel_);
  set(s.method, static_cast<std::uint16_t>(e.method));
  set(s.status, e.status);
  set(s.records, e.records);
  set(s.flags, e.flags);
  std::atomic_ref(s.sequence).store(number, std::memory_order_release);
  set(stats.stats.samples, number);
}

void sampler::sweep(const loop_block& stats, cpu::monotonic_clock& clock) noexcept {
  // In vain no more than so often, and then the next time behind these: a client that observes nothing, and may have as many as its ring has slots, shall
  // not keep the loop busy. Those that are found are paid for by calls.
  constexpr std::size_t in_vain_most = 256;
  constexpr std::size_t ahead = 8; // lines, each of which comes from the client
  std::size_t in_vain = 0;
  if (waiting_.empty()) return;
  const std::uint64_t now = cpu::stamp();
  clock.ns(); // sets it if that was long ago
  for (std::size_t left = waiting_.size(); left-- != 0 && in_vain < in_vain_most;) {
    if (swept_ == 0 || swept_ > waiting_.size()) swept_ = waiting_.size();
    if (swept_ > ahead) __builtin_prefetch(&times_[waiting_[swept_ - ahead - 1]]);
    if (finish(waiting_[--swept_], now, stats, clock)) {
      drop(entries_[waiting_[swept_]]); // puts one in its place that was looked at, or comes last
    } else {
      ++in_vain;
    }
  }
}

void sampler::end(const loop_block& stats, cpu::monotonic_clock& clock) noexcept {
  if (entries_ == nullptr) return;
  const std::uint64_t now = cpu::stamp();
  clock.ns();
  for (const std::uint16_t index : waiting_) finish(index, now, stats, clock);
  waiting_.clear();
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (entries_[i].now != state::free) lose(entries_[i], stats);
  }
}

}  // namespace ringcall
