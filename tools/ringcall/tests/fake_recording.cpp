#include "fake_recording.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace ringcall::tool::test {

using namespace ringcall::profile;

namespace {

constexpr std::uint64_t second = 1'000'000'000;

// Times as they are spread in life: most near the median, few far above.
class times {
 public:
  explicit times(unsigned seed) : random_(seed) {}
  std::uint64_t about(double median, double spread) { return static_cast<std::uint64_t>(median * std::exp(spread * normal_(random_))); }
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<> normal_;
};

}  // namespace

recording quiet_recording() {
  recording r;
  r.server.name = r.server.label = "quotes";
  r.server.pid = 4711;
  r.server.epoch = 0x1234;
  r.server.clock_kind = RINGCALL_CLOCK_CYCLES;
  r.server.slots = 256;
  r.server.running = 3600 * second;
  r.server.sample_asked = 64;
  r.server.policy.sample_every = 64;
  r.server.policy.server_spin_ns = 50'000;
  r.host = {"trading-1", "Example Processor 3.0", "Linux 6.1", 4};
  r.started_realtime = 1'700'000'000 * second;
  r.asked = r.length = 10 * second;
  r.loops.resize(1);
  r.loops[0].counts.runs = 1'000'000;
  channel c;
  c.id = 1;
  c.pid = 4712;
  c.process = "gateway";
  r.channels.push_back(c);
  return r;
}

std::size_t add_method(recording& r, const std::string& name) {
  method m;
  m.name = name;
  m.id = static_cast<std::uint16_t>(r.methods.size() + 1);
  r.methods.push_back(m);
  return r.methods.size() - 1;
}

void add_call(recording& r, std::size_t index, std::uint64_t at, const fake_call& c) {
  call made;
  made.posted = at;
  made.taken = at + c.queue;
  made.answered = made.taken + c.handler;
  made.observed = made.answered + c.response;
  made.channel = c.channel;
  made.method = static_cast<std::uint16_t>(index);
  made.flags = (c.server_rung ? RINGCALL_SAMPLE_SERVER_RUNG : 0) | (c.client_rung ? RINGCALL_SAMPLE_CLIENT_RUNG : 0) | (c.worker ? RINGCALL_SAMPLE_WORKER : 0);
  method& m = r.methods[index];
  m.counts.calls += 64;
  m.counts.sampled += 1;
  const stage_times times = made.stages();
  for (std::size_t s = 0; s < times.size(); ++s) {
    const bool took_place = s == RINGCALL_STAGE_TOTAL || s == RINGCALL_STAGE_HANDLER || s == (c.server_rung ? RINGCALL_STAGE_SERVER_WAKE : RINGCALL_STAGE_QUEUE) ||
                            s == (c.client_rung ? RINGCALL_STAGE_CLIENT_WAKE : RINGCALL_STAGE_RESPONSE);
    if (took_place) m.counts.stages[s].add(times[s]);
  }
  r.calls.push_back(made);
  for (channel& each : r.channels) {
    if (each.id == c.channel) each.server.calls += 64, each.client.calls += 64;
  }
  r.loops[0].counts.calls += 64;
  r.loops[0].counts.samples += 1;
}

void add_calls(recording& r, std::size_t method, std::size_t count, const fake_call& c) {
  for (std::size_t i = 0; i < count; ++i) add_call(r, method, r.length / count * i, c);
}

void complete(recording& r) {
  std::stable_sort(r.calls.begin(), r.calls.end(), [](const call& a, const call& b) { return a.posted < b.posted; });
  r.slowest = r.calls;
  std::stable_sort(r.slowest.begin(), r.slowest.end(), [](const call& a, const call& b) { return a.total() > b.total(); });
  if (r.slowest.size() > 100) r.slowest.resize(100);
  constexpr std::size_t count = 100;
  r.slices.assign(count, {});
  for (std::size_t i = 0; i < count; ++i) {
    r.slices[i].from = r.length / count * i;
    r.slices[i].to = r.length / count * (i + 1);
    r.slices[i].totals.resize(r.methods.size());
  }
  for (const call& c : r.calls) {
    slice& s = r.slices[std::min<std::size_t>(c.observed / std::max<std::uint64_t>(r.length / count, 1), count - 1)];
    s.calls += 64;
    auto& buckets = s.totals[c.method];
    const std::uint32_t bucket = observe::bucket_of(c.total());
    const auto found = std::find_if(buckets.begin(), buckets.end(), [&](const bucket_count& b) { return b.bucket == bucket; });
    if (found == buckets.end()) buckets.push_back({bucket, 1});
    else ++found->count;
  }
}

recording busy_recording(unsigned seed) {
  times t(seed);
  recording r = quiet_recording();
  const std::size_t quote = add_method(r, "market.quote"), book = add_method(r, "market.book"), render = add_method(r, "report.render"), history = add_method(r,
      "market.history"), cancel = add_method(r, "order.cancel");
  r.methods[history].on_worker = true;
  channel other = r.channels[0];
  other.id = 2, other.pid = 4713, other.process = "risk";
  r.channels.push_back(other);
  const auto moment = [&] {
    const std::uint64_t at = t.below(10 * second);
    return at > 6 * second && at < 7 * second ? at - 2 * second : at; // nothing is posted while it stands still, but at its beginning
  };
  for (int i = 0; i < 6000; ++i) {
    const bool wakes = t.chance(0.3);
    add_call(r, quote, moment(), {wakes ? t.about(3'000, 0.4) : t.about(600, 0.5), t.about(900, 0.3), wakes ? t.about(45'000, 0.5) : t.about(1'200, 0.6), false,
        wakes, false, 1});
  }
  for (int i = 0; i < 2500; ++i) add_call(r, book, moment(), {t.chance(0.06) ? t.about(900'000, 0.4) : t.about(1'500, 0.6), t.about(4'000, 0.3),
      t.about(2'500, 0.5), false, false, false, 2});
  for (int i = 0; i < 60; ++i) add_call(r, render, moment(), {t.about(2'000, 0.4), t.about(1'800'000, 0.2), t.about(3'000, 0.5), t.chance(0.2), false, false, 2});
  for (int i = 0; i < 400; ++i) add_call(r, history, moment(), {t.about(12'000, 0.7), t.about(220'000, 0.5), t.about(9'000, 0.5), false, t.chance(0.4), true, 1 +
      i % 2u});
  for (int i = 0; i < 900; ++i) add_call(r, cancel, moment(), {t.about(30'000, 0.5), t.about(1'100, 0.3), t.about(2'000, 0.5), true, false, false, 1});
  for (int i = 0; i < 5; ++i) add_call(r, quote, 6 * second + t.below(second / 20), {second - t.below(second / 20), 900, 1'500, false, false, false, 1});
  r.methods[cancel].counts.statuses[RINGCALL_FAILED] = 2400;
  r.methods[cancel].counts.failures = {{7, 2300}, {12, 100}};
  r.loops[0].counts.bells_rung = 70'000, r.loops[0].counts.bells_saved = 460'000, r.loops[0].counts.sleeps = 51'000, r.loops[0].counts.runs = 410'000;
  r.loops[0].counts.longest_turn = 3'100'000;
  r.loops[0].longest_turn_end = 8'400'000'000;
  r.still.push_back({0, 6 * second, 7 * second});
  complete(r);
  return r;
}

}  // namespace ringcall::tool::test
