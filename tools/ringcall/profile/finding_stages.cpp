#include <algorithm>
#include <cmath>
#include <functional>

#include "profile/finding_rules.hpp"
#include "profile/thresholds.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

using share_of = std::function<double(const composition&)>;

// Those that somebody waits for: how long the others' answers lie there says nothing.
std::vector<const subject*> without_oneway(const evidence& e, std::vector<const subject*> found) {
  std::erase_if(found, [&](const subject* s) { return e.of.methods[s->method].oneway; });
  return found;
}

std::vector<const subject*> with_share(const evidence& e, const share_of& share, double least) {
  std::vector<const subject*> found;
  for (const subject& s : e.subjects) {
    if (share(s.made_of) >= least) found.push_back(&s);
  }
  return found;
}

// "Calls of `quote` about as slow as p99 are 82 % wake-up (1.2 ms of 1.5 ms); so it is with `a` and `b`"
std::string sentence(const evidence& e, const std::vector<const subject*>& found, const share_of& share, const std::string& stage) {
  const subject& first = *found.front();
  const double total = first.made_of.stages[RINGCALL_STAGE_TOTAL];
  const std::string calls = list_of(e.of, {first.method});
  std::string text = (first.is_p99 ? "Calls of " + calls + " about as slow as p99 are " : "The mean of " + calls + " is ") + percent(share(first.made_of)) + " " + stage + " (" +
                     duration(total * share(first.made_of)) + " of " + duration(total) + ")";
  std::vector<std::size_t> others;
  for (const subject* s : found) {
    if (s != &first) others.push_back(s->method);
  }
  return others.empty() ? text : text + "; so it is with " + list_of(e.of, others);
}

share_of stage_share(std::size_t stage) {
  return [stage](const composition& c) { return c.share(stage); };
}

// A round number of microseconds that is no less, and well above what is in force, as that did not do; 0 if spinning so long is no good advice.
double spin_for(double nanoseconds, double in_force_us) {
  const double wanted = std::max({nanoseconds / 1e3, 2 * in_force_us, thresholds::spin_least_us});
  for (const double round : {50.0, 100.0, 200.0, 500.0, 1000.0}) {
    if (wanted <= round && round <= thresholds::spin_most_us) return round;
  }
  return 0;
}

std::string one_processor(const recording& of) {
  return of.host.processors == 1 ? " This host has one processor: who spins takes it from the other side, so prefer calls in flight." : "";
}

// The method, not on a worker, with the longest handler; none if no call was sampled.
std::optional<std::size_t> longest_handler(const recording& of) {
  std::optional<std::size_t> longest;
  for (std::size_t i = 0; i < of.methods.size(); ++i) {
    if (of.methods[i].on_worker) continue;
    const std::uint64_t max = of.methods[i].counts.stages[RINGCALL_STAGE_HANDLER].max;
    if (max > 0 && (!longest || max > of.methods[*longest].counts.stages[RINGCALL_STAGE_HANDLER].max)) longest = i;
  }
  return longest;
}

double run_length(const recording& of) {
  std::uint64_t calls = 0, runs = 0;
  for (const loop& l : of.loops) calls += l.counts.calls, runs += l.counts.runs;
  return runs == 0 ? 0 : static_cast<double>(calls) / static_cast<double>(runs);
}

// On average, by Little's law.
double calls_under_way(const recording& of) {
  double time = 0;
  for (const method& m : of.methods) time += m.total().mean() * static_cast<double>(m.counts.calls);
  return of.length == 0 ? 0 : time / static_cast<double>(of.length);
}

bool loops_have_time(const recording& of) {
  std::uint64_t sleeps = 0, runs = 0;
  for (const loop& l : of.loops) sleeps += l.counts.sleeps, runs += l.counts.runs;
  return runs > 0 && static_cast<double>(sleeps) >= thresholds::sleepy * static_cast<double>(runs);
}

bool host_is_busy(const recording& of) { return of.host.load >= thresholds::load * std::max(of.host.processors, 1u); }

// Nothing was before the call, so that neither fewer calls nor more loops would help.
std::string why_not_run(const recording& of, std::string& advice) {
  std::string raise;
  if (const double spin = spin_for(0, static_cast<double>(of.server.policy.server_spin_ns) / 1e3); spin != 0 && loops_have_time(of)) {
    raise = " If it is sleep, raise the server's spin " + tune_command(of, "--server-spin", number(spin) + "us") + ".";
  }
  advice = "Leave the server and its clients a processor each (`ringcall doctor` looks at load and limits); more loops would not help." + raise;
  if (!host_is_busy(of)) return "few calls are under way, so it waits for a loop that goes to sleep or wakes, or has no processor";
  return "few calls are under way, so it waits for a loop that has no processor: the host's load is " + number(of.host.load) + " on " + std::to_string(of.host.processors) +
         (of.host.processors == 1 ? " processor" : " processors");
}

std::string why_queued(const evidence& e, const subject& first, std::string& advice) {
  const method& m = e.of.methods[first.method];
  if (m.on_worker) {
    advice = "Raise ringcall::options::workers, or make the handlers on them shorter.";
    return "it waits for a free worker";
  }
  const auto blocker = longest_handler(e.of);
  const double queue = first.made_of.stages[RINGCALL_STAGE_QUEUE];
  if (blocker && static_cast<double>(e.of.methods[*blocker].counts.stages[RINGCALL_STAGE_HANDLER].max) >= thresholds::blocker_share * queue) {
    const std::string time = duration(static_cast<double>(e.of.methods[*blocker].counts.stages[RINGCALL_STAGE_HANDLER].max));
    advice = "Register " + list_of(e.of, {*blocker}) + " with ringcall::on_worker, " + (loops_are_shared(e.of) ? "split its work, or give the server more loops." : "or split its work.");
    return "it waits behind " + list_of(e.of, {*blocker}) + ", whose handler runs up to " + time;
  }
  if (run_length(e.of) >= thresholds::long_run) {
    advice = "Shorter runs answer sooner: post smaller batches, or keep fewer calls in flight" + std::string(loops_are_shared(e.of) ? "; more loops share the channels." : ".");
    return "it waits behind the other calls of its run, which has " + number(run_length(e.of)) + " calls on average";
  }
  if (calls_under_way(e.of) < thresholds::alone || loops_have_time(e.of)) return why_not_run(e.of, advice);
  advice = loops_are_shared(e.of) ? "Give the server more loops (ringcall::options::loops), or keep fewer calls in flight."
                                  : "Keep fewer calls in flight, or spread them over several clients and loops (ringcall::options::loops): a channel belongs to one loop.";
  return "the server takes calls slower than clients post them";
}

}  // namespace

void wakes_of_clients(const evidence& e, std::vector<finding>& all) {
  const share_of share = stage_share(RINGCALL_STAGE_CLIENT_WAKE);
  const auto found = without_oneway(e, with_share(e, share, thresholds::wake_share));
  if (found.empty()) return;
  const composition& c = found.front()->made_of;
  const std::uint64_t set = e.of.server.policy.client_spin_us;
  const double spin = spin_for(1.5 * (c.stages[RINGCALL_STAGE_TOTAL] - c.stages[RINGCALL_STAGE_CLIENT_WAKE]),
      set == RINGCALL_SPIN_OWN ? thresholds::client_spin_us : static_cast<double>(set));
  const std::string raise = spin == 0 ? "." : ", or raise the clients' spin " + tune_command(e.of, "--client-spin", number(spin) + "us") + ".";
  all.push_back({"client-wake", severity::slow, sentence(e, found, share, "wake-up of the client") + ": clients sleep before their answer is there.",
                 "Keep calls in flight" + raise + one_processor(e.of)});
}

void wakes_of_the_server(const evidence& e, std::vector<finding>& all) {
  const share_of share = stage_share(RINGCALL_STAGE_SERVER_WAKE);
  const auto found = with_share(e, share, thresholds::wake_share);
  if (found.empty()) return;
  std::uint64_t runs = 0;
  for (const loop& l : e.of.loops) runs += l.counts.runs;
  const double apart = runs == 0 ? 0 : static_cast<double>(e.of.length) * static_cast<double>(e.of.loops.size()) / static_cast<double>(runs);
  const double spin = spin_for(2 * apart, static_cast<double>(e.of.server.policy.server_spin_ns) / 1e3);
  const std::string raise = spin == 0 ? "." : ", or raise the server's spin " + tune_command(e.of, "--server-spin", number(spin) + "us") + ".";
  all.push_back({"server-wake", severity::slow,
                 sentence(e, found, share, "wake-up of the server") + ": it sleeps between calls, of which a run comes each " + duration(apart) + " to a loop.",
                 "Keep calls in flight" + raise + one_processor(e.of)});
}

void queueing(const evidence& e, std::vector<finding>& all) {
  const share_of share = stage_share(RINGCALL_STAGE_QUEUE);
  const auto found = with_share(e, share, thresholds::queue_share);
  if (found.empty()) return;
  std::string advice;
  const std::string why = why_queued(e, *found.front(), advice);
  all.push_back({"queue", severity::slow, sentence(e, found, share, "queueing") + ": " + why + ".", advice});
}

void responses(const evidence& e, std::vector<finding>& all) {
  const share_of share = stage_share(RINGCALL_STAGE_RESPONSE);
  const auto found = without_oneway(e, with_share(e, share, thresholds::response_share));
  if (found.empty()) return;
  all.push_back({"response", severity::slow,
                 sentence(e, found, share, "response") + ": answers lie ready, but the client is busy with other work, or they wait for the rest of their run.",
                 "Look at the client: garbage collection, GOMAXPROCS below its goroutines' needs, long work between posts; or post smaller runs."});
}

void handlers(const evidence& e, std::vector<finding>& all) {
  const share_of share = stage_share(RINGCALL_STAGE_HANDLER);
  const auto found = with_share(e, share, thresholds::handler_share);
  if (found.empty()) return;
  all.push_back({"handler", severity::note, sentence(e, found, share, "handler") + ": the time is spent in the server's own code.",
                 "A profiler of C++ on the server tells more (perf record -p " + std::to_string(e.of.server.pid) + ")."});
}

void heavy_tails(const evidence& e, std::vector<finding>& all) {
  std::vector<std::size_t> found;
  for (const subject& s : e.subjects) {
    const observe::histogram& total = e.of.methods[s.method].total();
    if (total.count < thresholds::samples_for_tail || e.of.methods[s.method].oneway) continue;
    const auto median = static_cast<double>(std::max<std::uint64_t>(total.quantile(0.5), 1));
    if (static_cast<double>(total.quantile(0.99)) >= thresholds::tail_ratio * median) found.push_back(s.method);
  }
  if (found.empty()) return;
  const observe::histogram& total = e.of.methods[found.front()].total();
  const auto median = static_cast<double>(total.quantile(0.5)), tail = static_cast<double>(total.quantile(0.99));
  all.push_back({"heavy-tail", severity::slow,
                 "The slowest hundredth of " + list_of(e.of, found) + " takes " + number(tail / std::max(median, 1.0)) + " times its median or more (p50 " +
                     duration(median) + ", p99 " +
                     duration(tail) + ").",
                 "The waterfall shows which stage grows from p50 to p99, the slowest calls show when."});
}

}  // namespace ringcall::profile
