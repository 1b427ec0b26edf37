#include <algorithm>
#include <map>

#include "profile/finding_rules.hpp"
#include "profile/thresholds.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

std::string moment(std::uint64_t at) { return duration(static_cast<double>(at)); }

double share(std::uint64_t part, std::uint64_t all) { return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all); }

std::string name_of_client(const recording& of, std::uint32_t id) {
  for (const channel& c : of.channels) {
    if (c.id == id) return "client " + std::to_string(c.pid) + (c.process.empty() ? "" : " (" + clean(c.process) + ")");
  }
  return "the client of channel " + std::to_string(id);
}

struct longest {
  std::size_t method = 0;
  std::uint64_t time = 0;
};
longest longest_handler_in_loops(const recording& of) {
  longest found;
  for (std::size_t i = 0; i < of.methods.size(); ++i) {
    const std::uint64_t max = of.methods[i].on_worker ? 0 : of.methods[i].counts.stages[RINGCALL_STAGE_HANDLER].max;
    if (max > found.time) found = {i, max};
  }
  return found;
}

}  // namespace

void long_turns(const evidence& e, std::vector<finding>& all) {
  std::size_t slowest = 0;
  std::uint64_t turn = 0;
  for (std::size_t i = 0; i < e.of.loops.size(); ++i) {
    const loop& l = e.of.loops[i];
    if (l.longest_turn_end && l.counts.longest_turn > turn) slowest = i, turn = l.counts.longest_turn;
  }
  if (turn < thresholds::turn) return;
  const longest handler = longest_handler_in_loops(e.of);
  const bool explained = static_cast<double>(handler.time) >= thresholds::blocker_share * static_cast<double>(turn);
  // A server that was stopped is told of as such.
  const std::uint64_t end = *e.of.loops[slowest].longest_turn_end;
  const auto covers = [&](const stillness& s) { return s.loop == slowest && s.from < end && end <= s.to + thresholds::turn && s.to - s.from >= thresholds::server_stop; };
  if (!explained && std::any_of(e.of.still.begin(), e.of.still.end(), covers)) return;
  std::string what = "Loop " + std::to_string(slowest) + " looked at no other channel for " + moment(turn) + ", until " +
      moment(*e.of.loops[slowest].longest_turn_end) + " into the recording: ";
  if (explained) {
    const std::string name = list_of(e.of, {handler.method});
    all.push_back({"long-turn", severity::slow, what + name + " has handlers that run up to " + moment(handler.time) + ", and every call on the loop waits for them.",
                   "Register " + name + " with ringcall::on_worker, " + (loops_are_shared(e.of) ? "split its work, or give the server more loops." : "or split its work.")});
    return;
  }
  all.push_back({"long-turn", severity::slow, what + "no sampled handler took so long.",
                 "Either a handler whose call was not sampled ran so long (--sample 1 would show it), or the system did not run the server: look at its load and at CPU limits."});
}

void stopped_server(const evidence& e, std::vector<finding>& all) {
  const stillness* longest_one = nullptr;
  std::size_t times = 0;
  for (const stillness& s : e.of.still) {
    if (s.to < s.from || s.to - s.from < thresholds::server_stop) continue;
    ++times;
    if (!longest_one || s.to - s.from > longest_one->to - longest_one->from) longest_one = &s;
  }
  if (!longest_one) return;
  const std::string where = "Loop " + std::to_string(longest_one->loop) + " stood still for " + moment(longest_one->to - longest_one->from) + ", from " +
      moment(longest_one->from) + " on";
  const std::string more = times > 1 ? ", and " + count_text(times - 1) + (times > 2 ? " times" : " time") + " more" : "";
  if (longest_one->stopped) {
    all.push_back({"server-stopped", severity::problem, where + more + ": the process was STOPPED.", "A signal (SIGSTOP, SIGTSTP) or a debugger did that; calls waited meanwhile."});
    return;
  }
  all.push_back({"server-stopped", severity::problem, where + more + ": it neither slept nor looked at its clock.",
                 "Something stopped the process (a debugger, SIGSTOP, a frozen control group, a paused virtual machine), or one handler ran so long."});
}

void stopped_clients(const evidence& e, std::vector<finding>& all) {
  std::map<std::uint32_t, std::uint64_t> waits; // channel -> its longest
  std::vector<call> seen = e.of.calls;
  seen.insert(seen.end(), e.of.slowest.begin(), e.of.slowest.end());
  for (const call& c : seen) {
    if (c.method < e.of.methods.size() && e.of.methods[c.method].oneway) continue; // nobody is to wait for it
    if (const std::uint64_t wait = c.observed - c.answered; wait >= thresholds::client_stop) waits[c.channel] = std::max(waits[c.channel], wait);
  }
  if (waits.empty()) return;
  const auto worst = std::max_element(waits.begin(), waits.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::string what = "An answer for " + name_of_client(e.of, worst->first) + " lay ready for " + moment(worst->second) + " before it was seen";
  if (waits.size() > 1) what += "; so it was for " + count_text(waits.size() - 1) + " more";
  all.push_back({"client-stopped", severity::problem, what + ": the client was stopped, or nobody in it waited for the answer.",
                 "Look whether that process was stopped (a debugger, SIGSTOP, a frozen control group), out of processor time, or left calls that it never waits for."});
}

void pauses(const evidence& e, std::vector<finding>& all) {
  const auto busy = [](const slice& s) { return s.calls > 0; };
  const auto first = std::find_if(e.of.slices.begin(), e.of.slices.end(), busy);
  const auto last = std::find_if(e.of.slices.rbegin(), e.of.slices.rend(), busy).base();
  const slice* begin = nullptr;
  std::uint64_t from = 0, longest_pause = 0;
  for (auto s = first; s < last; ++s) {
    if (s->calls > 0) {
      begin = nullptr;
      continue;
    }
    if (!begin) begin = &*s;
    if (s->to > begin->from && s->to - begin->from > longest_pause) from = begin->from, longest_pause = s->to - begin->from;
  }
  const double expected = e.of.length == 0 ? 0 : static_cast<double>(sum_of_calls(e.of)) * static_cast<double>(longest_pause) / static_cast<double>(e.of.length);
  if (longest_pause < thresholds::pause || expected < thresholds::pause_calls) return;
  all.push_back({"pause", severity::note, "No call was taken for " + moment(longest_pause) + ", from " + moment(from) + " on.",
      "Either clients had nothing to ask, or one side was stopped."});
}

void end_of_the_server(const evidence& e, std::vector<finding>& all) {
  if (e.of.end == ending::server_ended) {
    all.push_back({"server-ended", severity::problem, "The server ended after " + moment(e.of.length) + " of the " + moment(e.of.asked) + " asked for.",
                   "`ringcall postmortem` tells what was in flight, if it died."});
  } else if (e.of.server.policy.draining) {
    all.push_back({"draining", severity::note, "The server is ending: it takes no new clients.", ""});
  }
}

void arena_and_ring_waits(const evidence& e, std::vector<finding>& all) {
  std::uint64_t arena = 0, ring = 0, calls = 0, waiting = 0;
  for (const channel& c : e.of.channels) arena += c.client.arena_waits, ring += c.client.ring_waits, calls += c.client.calls;
  for (const loop& l : e.of.loops) waiting += l.counts.waited_answers;
  if (share(arena, calls) >= thresholds::arena_wait_share) {
    all.push_back({"request-arena", severity::slow, "Clients found the request arena full " + count_text(arena) + " times in " + count_text(calls) +
        " calls: they wait for room.",
                   "Raise the server's ringcall::options::request_arena, or keep fewer large requests in flight."});
  }
  if (const std::uint64_t all_calls = sum_of_calls(e.of); share(waiting, all_calls) >= thresholds::arena_wait_share) {
    all.push_back({"answer-arena", severity::slow, count_text(waiting) + " answers of " + count_text(all_calls) + " waited for room in the answer arena.",
                   "Raise the server's ringcall::options::answer_arena, or let clients release answers sooner."});
  }
  if (share(ring, calls) >= thresholds::ring_wait_share) {
    all.push_back({"ring-full", severity::slow, "Clients found the ring full " + count_text(ring) + " times in " + count_text(calls) + " calls: " +
        count_text(e.of.server.slots) + " calls are in flight, and more wait.",
                   "The server is the limit: " + std::string(loops_are_shared(e.of) ? "give it more loops, or " : "") + "make its handlers shorter; more slots (ringcall::options::slots) only make the queue longer."});
  }
}

void broken_rules(const evidence& e, std::vector<finding>& all) {
  std::uint64_t poisoned = 0, recovered = 0;
  for (const loop& l : e.of.loops) poisoned += l.counts.poisoned, recovered += l.counts.recovered_wakes;
  for (const channel& c : e.of.channels) recovered += c.client.recovered_wakes;
  if (poisoned > 0) {
    all.push_back({"poisoned", severity::problem, count_text(poisoned) +
        (poisoned == 1 ? " client broke a rule of the protocol, and its channel was closed." : " clients broke a rule of the protocol, and their channels were closed."),
                   "The server's log says which rule; a client that crashed in the midst of writing, or one of another version, can be the reason."});
  }
  if (recovered > 0) {
    all.push_back({"recovered-wakes", severity::problem, count_text(recovered) + " wakes were lost and found again by a bounded sleep, which must never be.",
        "This is a defect of ringcall: please report it."});
  }
}

}  // namespace ringcall::profile
