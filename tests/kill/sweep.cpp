#include "sweep.hpp"

#include "accesses.hpp"
#include "cpu.hpp"
#include "processes.hpp"
#include "stepper.hpp"
#include "system.hpp"
#include "witness.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <semaphore>
#include <thread>

namespace ringcall::kill {
namespace {

constexpr std::uint64_t prompt_ns = 10'000'000'000; // who is told later was not told of it; the promise is 10 ms, which a loaded machine misses

class cpp_survivor final : public survivor {
 public:
  ~cpp_survivor() override { join(); }
  void start(const std::string& path) override {
    phase_ = -1;
    thread_ = std::thread([this, path] {
      result_ = script(path, [this](int p) {
                  phase_ = p;
                  if (p != over) go_.acquire();
                }).run();
      phase_ = over;
    });
  }
  int phase() override { return phase_; }
  void let_go() override { go_.release(); }
  outcomes finish() override { return join(), result_; }

 private:
  void join() {
    if (!thread_.joinable()) return;
    go_.release(std::max(0, over - phase_)); // the phases that it is not to wait before
    thread_.join();
    while (go_.try_acquire()) {
    }
  }

  std::atomic<int> phase_{-1};
  std::counting_semaphore<64> go_{0};
  outcomes result_;
  std::thread thread_;
};

std::uint64_t seed() {
  static const std::uint64_t s = [] {
    const char* text = std::getenv("RINGCALL_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1; // the same with every run of the suite: what fails is new
  }();
  return s;
}

// Lets a peer go through the phases before this one.
template <class Peer>
void lead_to(Peer& peer, int phase) {
  const std::uint64_t limit = monotonic_ns() + 20'000'000'000u;
  int let = -1; // the last phase that it was let into
  for (int at = peer.phase(); at != phase; at = peer.phase()) {
    if (at > phase || monotonic_ns() > limit) throw std::runtime_error(std::string("the script does not get to the phase ") + phase_names[static_cast<std::size_t>(phase)]);
    if (at > let) peer.let_go(), let = at;
    usleep(20);
  }
}

std::vector<point> chosen(const std::vector<point>& listed, const choice& c) {
  if (is_long() && !c.always_short) return listed;
  std::vector<point> some;
  std::uint32_t number = static_cast<std::uint32_t>(seed() % c.stride);
  std::uint32_t visible = static_cast<std::uint32_t>(seed() % c.visible_stride);
  for (const point& p : listed) {
    if (p.repeated) continue;
    if (++number % c.stride == 0 || (p.visible && ++visible % c.visible_stride == 0)) some.push_back(p);
  }
  return some;
}

std::string place(int phase, const point& p) {
  char text[120];
  std::snprintf(text, sizeof text, "phase %s, %u instructions after %#zx", phase_names[static_cast<std::size_t>(phase)], p.steps, static_cast<std::size_t>(p.address));
  return text;
}

// What the outcomes of a script tell of a server that was killed, and what is wrong with that.
void judge_outcomes(const outcomes& o, int phase, const std::string& where, std::vector<std::string>& violations) {
  const marks& m = shared_marks();
  const auto wrong = [&](const std::string& what) { violations.push_back(where + ": " + what); };
  if (!o.trouble.empty()) wrong(o.trouble);
  if (m.torn != 0) wrong("a handler was given a request that nobody wrote");
  for (std::uint32_t i = 0; i < calls; ++i) {
    const std::uint32_t ran = m.ran[i];
    const std::string call = "call " + std::to_string(i) + " ";
    if (ran > 1) wrong(call + "ran " + std::to_string(ran) + " times");
    switch (o.of[i]) {
      case outcome::answered:
        if (ran != 1) wrong(call + "was answered and did not run");
        break;
      case outcome::never_started:
      case outcome::not_posted:
        if (ran != 0) wrong(call + (o.of[i] == outcome::not_posted ? "was not posted and ran" : "is told never started and ran"));
        break;
      case outcome::may_have_run: break;
      case outcome::wrong: wrong(call + "has a wrong answer"); break;
      case outcome::hung: wrong(call + "has no outcome after 10 s"); break;
    }
    if (o.of[i] != outcome::answered && o.over_ns == 0 && phase < over) wrong(call + "has no answer, but nobody died");
  }
  if (o.posted == 0) return; // the Go client keeps these to itself
  if (o.taken > o.posted) wrong("taken is beyond what was posted");
  if (o.taken < o.counted_calls) wrong("calls were counted before taken was stored");
  if (o.delivered < o.counted_answers) wrong(std::to_string(o.counted_answers) + " answers were published, " + std::to_string(o.delivered) + " delivered");
}

// One server, one client, one kill.
struct server_trial {
  explicit server_trial(survivor& s, int phase, const test::temporary_directory& d) : caller(s), phase(phase) {
    shared_marks().clear();
    const std::string path = d / "s";
    process.emplace(path);
    caller.start(path);
    lead_to(caller, phase);
    killer.emplace(process->release());
  }
  bool is_over() { return caller.phase() > phase; }

  survivor& caller;
  int phase;
  std::optional<server_process> process;
  std::optional<stepper> killer;
};

void warm_up() {
  cpu::cycles_in(std::chrono::nanoseconds(1)); // measures its rate once: not in each victim
}

}  // namespace

std::unique_ptr<survivor> make_cpp_survivor() { return std::make_unique<cpp_survivor>(); }

bool is_long() { return std::getenv("RINGCALL_KILL_LONG") != nullptr; }

report kill_servers(survivor& s, const choice& c) {
  warm_up();
  report r;
  const test::temporary_directory directory;
  for (int phase = c.first; phase <= c.last; ++phase) {
    std::vector<point> points;
    {
      server_trial t(s, phase, directory);
      points = t.killer->list([&] { t.caller.let_go(); }, [&] { return t.is_over(); });
      t.killer->kill_now();
      s.finish();
    }
    r.listed += points.size();
    for (const point& p : chosen(points, c)) {
      server_trial t(s, phase, directory);
      const bool hit = t.killer->run_to(p, [&] { t.caller.let_go(); }, [&] { return t.is_over(); });
      const std::uint64_t killed = t.killer->kill_now();
      const outcomes o = s.finish();
      r.count(hit, p.repeated);
      judge_outcomes(o, phase, place(phase, p), r.violations);
      if (killed != 0 && o.over_ns > killed) r.waits_ns.push_back(o.over_ns - killed);
      if (o.over_ns > killed + prompt_ns) r.violations.push_back(place(phase, p) + ": the survivor was told after " + std::to_string((o.over_ns - killed) / 1'000'000) + " ms");
    }
  }
  return r;
}

report kill_clients(const choice& c) {
  warm_up();
  report r;
  witness w;
  for (int phase = c.first; phase <= c.last; ++phase) {
    std::vector<point> points;
    const auto trial = [&](const auto& act) {
      shared_marks().clear();
      client_process client(w.path());
      lead_to(client, phase);
      stepper killer(client.release());
      act(killer, [&] { client.let_go(); }, [&] { return client.phase() > phase; });
    };
    trial([&](stepper& k, const auto& begin, const auto& over) { points = k.list(begin, over); });
    r.listed += points.size();
    for (const point& p : chosen(points, c)) {
      trial([&](stepper& k, const auto& begin, const auto& over) { r.count(k.run_to(p, begin, over), p.repeated); });
      w.judge(place(phase, p), r.violations);
    }
  }
  return r;
}

report kill_callers(const std::string& program, const choice& c) {
  report r;
  witness w;
  const auto trial = [&](std::uint64_t n) {
    shared_marks().clear();
    access_stepper a({program, "call", w.path()});
    const bool hit = a.run_to(n);
    const std::string where = "before access " + std::to_string(n);
    if (!hit && a.status() != 0) r.violations.push_back(where + ": the client was not killed, but ended with status " + std::to_string(a.status()));
    a.kill_now();
    if (hit) ++r.tried;
    w.judge(where, r.violations);
    return std::pair(hit, a.accesses());
  };
  r.listed = trial(~std::uint64_t{0}).second;
  const std::uint32_t stride = is_long() ? 1 : c.stride;
  // How often a client polls is its own affair: the end is where several runs in turn do not come so far.
  for (std::uint64_t n = 1 + seed() % stride, ended = 0; ended < 5; n += stride) {
    if (trial(n).first) ended = 0;
    else ++r.missed_waiting, ++ended;
  }
  return r;
}

void report::count(bool hit, bool repeated) { ++(hit ? tried : repeated ? missed_waiting : missed); }

void report::print(const char* what) const {
  std::printf("%s: killed at %zu points of the %zu listed (seed %llu), not met: %zu and %zu turns of waiting; violations: %zu", what, tried, listed,
              static_cast<unsigned long long>(seed()), missed, missed_waiting, violations.size());
  if (std::vector<std::uint64_t> sorted = waits_ns; !sorted.empty()) {
    std::ranges::sort(sorted);
    const auto ms = [&](double part) { return static_cast<double>(sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))]) / 1e6; };
    std::printf("; kill to last outcome p50 %.2f ms, p99 %.2f ms, most %.2f ms", ms(0.5), ms(0.99), ms(1));
  }
  std::printf("\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(violations.size(), 10); ++i) std::printf("  %s\n", violations[i].c_str());
}

}  // namespace ringcall::kill
