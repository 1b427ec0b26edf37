#include <algorithm>

#include "profile/finding_rules.hpp"
#include "profile/thresholds.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

double share(std::uint64_t part, std::uint64_t all) { return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all); }

struct answered {
  std::size_t method;
  std::uint64_t count;
};
// Methods with answers of these statuses, the one with most first.
std::vector<answered> with_statuses(const recording& of, std::initializer_list<unsigned> statuses) {
  std::vector<answered> found;
  for (std::size_t i = 0; i < of.methods.size(); ++i) {
    std::uint64_t count = 0;
    if (of.methods[i].is_unknown) continue;
    for (const unsigned status : statuses) count += of.methods[i].counts.statuses[status];
    if (count > 0) found.push_back({i, count});
  }
  std::stable_sort(found.begin(), found.end(), [](const answered& a, const answered& b) { return a.count > b.count; });
  return found;
}

std::string of_calls(const recording& of, const answered& a) {
  const std::uint64_t calls = of.methods[a.method].counts.calls;
  return count_text(a.count) + " of " + count_text(calls) + " calls of " + list_of(of, {a.method}) + (calls > 0 ? " (" + percent(share(a.count, calls)) + ")" : "");
}

std::string others(const recording& of, const std::vector<answered>& found) {
  std::vector<std::size_t> methods;
  for (std::size_t i = 1; i < found.size(); ++i) methods.push_back(found[i].method);
  return methods.empty() ? "" : "; also of " + list_of(of, methods);
}

std::string codes(const method& m) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> sorted(m.counts.failures.begin(), m.counts.failures.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(sorted.size(), 4); ++i) text += (i == 0 ? "" : ", ") + std::string("code ") + std::to_string(sorted[i].first) +
      ": " + count_text(sorted[i].second);
  return text.empty() ? "" : " - " + text;
}

}  // namespace

void failures(const evidence& e, std::vector<finding>& all) {
  const auto found = with_statuses(e.of, {RINGCALL_FAILED, RINGCALL_BATCH_FAILED});
  if (found.empty()) return;
  const method& m = e.of.methods[found.front().method];
  const severity level = share(found.front().count, m.counts.calls) >= thresholds::failed_share ? severity::problem : severity::note;
  all.push_back({"failures", level, "Handlers failed: " + of_calls(e.of, found.front()) + codes(m) + others(e.of, found) + ".", ""});
}

void expired_calls(const evidence& e, std::vector<finding>& all) {
  const auto found = with_statuses(e.of, {RINGCALL_EXPIRED});
  if (found.empty()) return;
  all.push_back({"expired", severity::problem, "Deadlines passed before the handler was due: " + of_calls(e.of, found.front()) + others(e.of, found) + ".",
                 "Callers give less time than the queue takes: look at queue and wake-up in the waterfall, or let them wait longer."});
}

void unknown_methods(const evidence& e, std::vector<finding>& all) {
  std::uint64_t calls = 0;
  for (const method& m : e.of.methods) {
    if (m.is_unknown) calls += std::max(m.counts.calls, m.counts.statuses[RINGCALL_UNKNOWN_METHOD]);
  }
  if (calls == 0) return;
  all.push_back({"unknown-method", severity::problem, count_text(calls) + (calls == 1 ? " call was" : " calls were") + " for methods that this server has not.",
                 "A client was generated from another version of the interface, or calls the wrong server (`ringcall inspect` lists the methods)."});
}

void refused_answers(const evidence& e, std::vector<finding>& all) {
  const auto bad = with_statuses(e.of, {RINGCALL_BAD_REQUEST});
  if (!bad.empty()) {
    all.push_back({"bad-request", severity::problem, "Requests had not the method's size or form: " + of_calls(e.of, bad.front()) + others(e.of, bad) + ".",
                   "A client was generated from another version of the interface."});
  }
  const auto large = with_statuses(e.of, {RINGCALL_TOO_LARGE, RINGCALL_NO_ROOM});
  if (!large.empty()) {
    all.push_back({"no-room", severity::problem, "Answers found no room: " + of_calls(e.of, large.front()) + others(e.of, large) + ".",
                   "Raise the server's ringcall::options::answer_arena, or let clients release answers sooner."});
  }
}

void cancelled_calls(const evidence& e, std::vector<finding>& all) {
  std::uint64_t cancelled = 0, calls = 0;
  for (const channel& c : e.of.channels) cancelled += c.client.cancelled, calls += c.client.calls;
  if (share(cancelled, calls) < thresholds::cancelled_share) return;
  all.push_back({"cancelled", severity::slow, "Callers left " + count_text(cancelled) + " of " + count_text(calls) + " calls (" + percent(share(cancelled, calls)) +
      ") before the answer: the server worked for nobody.",
                 "Their contexts end too soon for the p99, or they give up on purpose."});
}

}  // namespace ringcall::profile
