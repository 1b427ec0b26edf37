#include "profile/recorder.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "load/description.hpp"
#include "observe/processes.hpp"
#include "observe/shared.hpp"
#include "profile/thresholds.hpp"

namespace ringcall::profile {
namespace {

// An idle loop looks at its clock each second.
constexpr std::uint64_t idle_stop = 2'000 * thresholds::ms;
constexpr int looks_least = 3; // while a loop stood still: else it may have been this process that did

constexpr auto is_slower = [](const call& a, const call& b) { return a.total() > b.total(); };

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

// Structs of counters only: word by word what came.
template <class T>
T difference(const T& now, const T& before) {
  constexpr std::size_t words = sizeof(T) / sizeof(std::uint64_t);
  const auto a = std::bit_cast<std::array<std::uint64_t, words>>(now), b = std::bit_cast<std::array<std::uint64_t, words>>(before);
  std::array<std::uint64_t, words> d{};
  for (std::size_t i = 0; i < words; ++i) d[i] = less(a[i], b[i]);
  return std::bit_cast<T>(d);
}

}  // namespace

void call_store::add(const call& c) {
  if (slowest_.size() < slowest_room_ || c.total() > slowest_.front().total()) {
    if (slowest_.size() == slowest_room_) {
      std::pop_heap(slowest_.begin(), slowest_.end(), is_slower);
      slowest_.pop_back();
    }
    slowest_.push_back(c);
    std::push_heap(slowest_.begin(), slowest_.end(), is_slower);
  }
  if (seen_++ % every_ != 0) return;
  if (calls_.size() == room_) {
    for (std::size_t i = 0; i < room_ / 2; ++i) calls_[i] = calls_[2 * i];
    calls_.resize(room_ / 2);
    every_ *= 2;
    if ((seen_ - 1) % every_ != 0) return;
  }
  calls_.push_back(c);
}

void call_store::move_into(recording& r) {
  std::stable_sort(calls_.begin(), calls_.end(), [](const call& a, const call& b) { return a.posted < b.posted; });
  std::sort(slowest_.begin(), slowest_.end(), is_slower);
  r.calls = std::move(calls_);
  r.slowest = std::move(slowest_);
}

recorder::recorder(const observe::stats_view& view, std::string filter, std::uint64_t now)
    : view_(view), filter_(std::move(filter)), start_(now), first_(observe::take(view)), latest_(first_), reader_(view), pulses_(view.loops()) {
  int next = 0;
  for (const observe::method_info& m : view.methods()) index_.push_back(m.name.find(filter_) == std::string::npos ? -1 : next++);
  for (std::uint32_t l = 0; l < view.loops(); ++l) pulses_[l].beat = observe::load(view.loop(l).beat);
  follow_channels(first_, true);
}

std::size_t recorder::poll(std::uint64_t now, bool stopped) {
  for (std::uint32_t l = 0; l < view_.loops(); ++l) look_at(l, now, stopped, false);
  read_.clear();
  reader_.read(read_);
  for (const observe::sample& s : read_) {
    const ringcall_sample& c = s.call;
    // Times of before, and of a future that only a defective server sees, would be on no axis.
    if (c.posted < start_ || c.observed > now + thresholds::ms || index_[c.method] < 0) continue;
    ++samples_;
    kept_.add({c.posted - start_, c.taken - start_, c.answered - start_, c.observed - start_, c.channel, c.records, c.flags, s.loop,
        static_cast<std::uint16_t>(index_[c.method]), c.status});
  }
  return read_.size();
}

void recorder::look_at(std::uint32_t loop, std::uint64_t now, bool stopped, bool is_end) {
  pulse& p = pulses_[loop];
  const std::uint64_t beat = observe::load(view_.loop(loop).beat);
  const bool asleep = observe::load(view_.loop(loop).asleep) != 0;
  p.slept = p.slept || asleep;
  if (stopped) p.stopped_from = p.stopped_from == 0 ? now : p.stopped_from, p.stopped_to = now;
  if (beat == p.beat && !is_end) {
    ++p.looks;
    return;
  }
  const std::uint64_t to = std::min(beat == p.beat ? now : beat, now);
  const bool was_stopped = p.stopped_from != 0;
  // One that slept had beaten long before it was stopped, and may sleep on long after.
  const std::uint64_t since = p.slept && was_stopped ? p.stopped_from : p.beat, until = p.slept && was_stopped ? p.stopped_to : to;
  if (p.looks >= looks_least && less(until, since) >= (p.slept && !was_stopped ? idle_stop : thresholds::server_stop)) {
    still_.push_back({loop, less(since, start_), less(until, start_), was_stopped});
  }
  p = {.beat = beat, .slept = asleep};
}

void recorder::follow_channels(const observe::snapshot& seen, bool is_first) {
  for (const ringcall_channel_stats& c : seen.channels) {
    const auto [found, is_new] = channels_.try_emplace(c.id, followed{c, c});
    found->second.last = c;
    // All that a new one did, it did in the recording.
    if (is_new && !is_first) found->second.first.server = {}, found->second.first.client = {};
  }
}

void recorder::end_slice(std::uint64_t now) {
  observe::snapshot next = observe::take(view_);
  const observe::snapshot d = observe::delta(next, latest_);
  slice s;
  s.from = slices_.empty() ? 0 : slices_.back().to;
  s.to = std::max(less(now, start_), s.from);
  for (std::size_t m = 0; m < d.methods.size(); ++m) {
    if (index_[m] < 0) continue;
    s.calls += d.methods[m].calls;
    const observe::histogram& total = d.methods[m].stages[RINGCALL_STAGE_TOTAL];
    s.totals.emplace_back();
    for (std::uint32_t b = 0; b < total.buckets.size(); ++b) {
      if (total.buckets[b] > 0) s.totals.back().push_back({b, total.buckets[b]});
    }
  }
  calls_ += s.calls;
  slices_.push_back(std::move(s));
  follow_channels(next, false);
  latest_ = std::move(next);
}

recording recorder::finish(std::uint64_t now) {
  poll(now);
  for (std::uint32_t l = 0; l < view_.loops(); ++l) look_at(l, now, false, true);
  end_slice(now);
  recording r;
  r.filter = filter_;
  r.length = less(now, start_);
  r.samples_missed = reader_.lost();
  r.slices = std::move(slices_);
  r.still = std::move(still_);
  take_over(observe::delta(latest_, first_), r);
  take_over_channels(latest_, r);
  kept_.move_into(r);
  return r;
}

void recorder::take_over(const observe::snapshot& difference, recording& r) const {
  const auto& infos = view_.methods();
  const auto description = load::description::parse_if_good(view_.interface_text());
  for (std::size_t m = 0; m < infos.size(); ++m) {
    if (index_[m] >= 0) r.methods.push_back({infos[m].name, infos[m].id, infos[m].on_worker, m + 1 == infos.size(), description.find(infos[m].id).oneway, difference.methods[m]});
  }
  for (const ringcall_loop_stats& c : difference.loops) {
    loop l{c, std::nullopt};
    if (c.longest_turn > 0 && c.longest_turn_at >= start_ && c.longest_turn_at - start_ <= r.length) l.longest_turn_end = c.longest_turn_at - start_;
    r.loops.push_back(l);
  }
  const ringcall_stats_header& h = view_.header();
  r.server.label = view_.name();
  r.server.pid = h.pid;
  r.server.epoch = h.epoch;
  r.server.clock_kind = h.clock_kind;
  r.server.slots = h.slots;
  r.server.workers = h.workers;
  r.server.running = less(start_, h.started);
  r.server.policy = difference.policy;
}

void recorder::take_over_channels(const observe::snapshot& last, recording& r) const {
  for (const auto& [id, c] : channels_) {
    channel made;
    made.id = static_cast<std::uint32_t>(id);
    made.pid = c.last.pid;
    made.process = observe::command_name(c.last.pid);
    made.loop = c.last.loop;
    made.server = difference(c.last.server, c.first.server);
    made.client = difference(c.last.client, c.first.client);
    made.ended = std::none_of(last.channels.begin(), last.channels.end(), [&](const ringcall_channel_stats& s) { return s.id == id; });
    r.channels.push_back(std::move(made));
  }
  std::stable_sort(r.channels.begin(), r.channels.end(), [](const channel& a, const channel& b) { return a.server.calls > b.server.calls; });
}

}  // namespace ringcall::profile
