#include "bench_client.hpp"

#include "interrupt.hpp"
#include "show_frame.hpp"

#include "ringcall/abi.h"
#include "segment.hpp"

#include <algorithm>
#include <cmath>

namespace ringcall::load {
namespace {

constexpr std::uint64_t slice_ns = 100'000'000; // between two looks at whether to stop
constexpr std::uint64_t drain_ns = 5'000'000'000;
constexpr unsigned tag_shift = 52; // below: nanoseconds since the begin, 52 days; above: the target

}  // namespace

void method_result::add(const method_result& other) {
  latency.add(other.latency);
  calls += other.calls;
  records += other.records;
  for (std::size_t i = 0; i < statuses.size(); ++i) statuses[i] += other.statuses[i];
  malformed += other.malformed;
  unsent += other.unsent;
  unanswered += other.unanswered;
  if (fault.empty()) fault = other.fault;
  if (failure.empty()) failure = other.failure;
}

bench_client::bench_client(client& c, const std::vector<target>& targets, const bench_plan& plan, std::uint64_t seed, bench_progress& progress)
    : client_(c), targets_(targets), plan_(plan), random_(seed), progress_(progress), results_(targets.size()), next_request_(targets.size()), outstanding_(targets.size()) {
  for (std::size_t i = 0; i < targets.size(); ++i) next_request_[i] = random_.below(targets[i].requests.size());
  chosen_ = random_.below(targets.size());
}

void bench_client::run(const std::atomic<bool>& stop) {
  std::uint64_t now = monotonic_ns();
  for (; !ends(now, stop); now = monotonic_ns()) {
    full_ = false;
    const bool open = plan_.interval_ns != 0;
    open ? post_due(now) : post_closed(now);
    std::uint64_t limit = std::min(plan_.end_ns, now + slice_ns);
    if (open && !full_) limit = std::min(limit, plan_.begin_ns + static_cast<std::uint64_t>(due_ns(next_)));
    if (client_.wait(limit)) reap();
  }
  ended_ns_ = now;
  if (plan_.interval_ns != 0) count_unsent();
  drain();
}

bool bench_client::ends(std::uint64_t now, const std::atomic<bool>& stop) const noexcept {
  return now >= plan_.end_ns || interrupted() || stop.load(std::memory_order_relaxed);
}

// When call number is due, from the begin. Calls of one run are due together.
double bench_client::due_ns(std::uint64_t number) const noexcept {
  return plan_.phase_ns + static_cast<double>(number / plan_.run * plan_.run) * plan_.interval_ns;
}

void bench_client::post_closed(std::uint64_t now) {
  while (!full_ && client_.outstanding() + plan_.run <= plan_.inflight) {
    for (std::uint32_t i = 0; i < plan_.run && put(now - plan_.begin_ns); ++i) {
    }
    client_.publish();
    now = monotonic_ns();
  }
}

void bench_client::post_due(std::uint64_t now) {
  const double elapsed = static_cast<double>(now - plan_.begin_ns);
  const double end = static_cast<double>(plan_.end_ns - plan_.begin_ns);
  for (double due = due_ns(next_); due <= elapsed && due < end; due = due_ns(next_)) {
    if (!put(static_cast<std::uint64_t>(due))) {
      // A run has room for so many only; the ring for no more.
      const std::uint32_t before = client_.outstanding();
      client_.publish();
      if (before >= client_.slots() || !put(static_cast<std::uint64_t>(due))) break;
      full_ = false;
    }
    ++next_;
  }
  client_.publish();
}

// since_ns: what the latency counts from, since the begin.
bool bench_client::put(std::uint64_t since_ns) {
  const target& t = targets_[chosen_];
  request r{t.what.id, t.requests[next_request_[chosen_]]};
  r.tag = chosen_ << tag_shift | since_ns;
  if (plan_.deadline_ns != 0) r.deadline = client_.deadline(monotonic_ns() + plan_.deadline_ns);
  if (t.batch != 0) {
    r.batch = t.batch;
    r.answer_size = static_cast<std::uint16_t>(t.what.answer_size);
  }
  if (!client_.put(r)) return full_ = true, false;
  if (++next_request_[chosen_] == t.requests.size()) next_request_[chosen_] = 0;
  ++outstanding_[chosen_];
  chosen_ = targets_.size() == 1 ? 0 : random_.below(targets_.size());
  return true;
}

void bench_client::reap() {
  const std::uint64_t now = monotonic_ns() - plan_.begin_ns;
  std::uint64_t failed = 0;
  const std::uint32_t count = client_.reap([&](const answer& a) {
    failed += a.status != RINGCALL_OK;
    take(a, now);
  });
  progress_.calls.fetch_add(count, std::memory_order_relaxed);
  if (failed != 0) progress_.failed.fetch_add(failed, std::memory_order_relaxed);
}

void bench_client::take(const answer& a, std::uint64_t now) {
  const std::size_t of = a.tag >> tag_shift;
  const std::uint64_t since = a.tag & ((std::uint64_t{1} << tag_shift) - 1);
  const target& t = targets_[of];
  method_result& r = results_[of];
  --outstanding_[of];
  ++r.calls;
  ++r.statuses[a.status];
  r.records += a.batch;
  r.latency.add(now > since ? now - since : 0);
  if (a.status != RINGCALL_OK && r.failure.empty()) r.failure = show_answer(t.what, a.status, a.detail, a.bytes);
  std::string fault;
  if (t.batch == 0) {
    fault = fault_of(t.what, a.status, a.bytes);
  } else if (a.status == RINGCALL_OK && a.batch != t.batch) {
    fault = "it answered " + std::to_string(a.batch) + " of " + std::to_string(t.batch) + " records";
  }
  if (fault.empty()) return;
  ++r.malformed;
  if (r.fault.empty()) r.fault = fault;
}

void bench_client::drain() {
  const std::uint64_t limit = monotonic_ns() + drain_ns;
  while (client_.outstanding() != 0 && monotonic_ns() < limit) {
    if (client_.wait(std::min(limit, monotonic_ns() + slice_ns))) reap();
  }
  for (std::size_t i = 0; i < targets_.size(); ++i) results_[i].unanswered += outstanding_[i];
}

// They count with the least time that they would have taken, or a server that is too slow would look quick. They stand with the method that was next.
void bench_client::count_unsent() {
  const double end = static_cast<double>(std::min(ended_ns_, plan_.end_ns) - plan_.begin_ns);
  for (double due = due_ns(next_); due < end; due = due_ns(++next_)) {
    ++results_[chosen_].unsent;
    results_[chosen_].latency.add(static_cast<std::uint64_t>(end - due));
  }
}

}  // namespace ringcall::load
