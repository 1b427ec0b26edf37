#include "profile/recording.hpp"

#include <algorithm>
#include <cmath>

namespace ringcall::profile {

const char* name_of_stage(std::size_t stage) {
  switch (stage) {
    case RINGCALL_STAGE_TOTAL: return "total";
    case RINGCALL_STAGE_QUEUE: return "queue";
    case RINGCALL_STAGE_SERVER_WAKE: return "server wake";
    case RINGCALL_STAGE_HANDLER: return "handler";
    case RINGCALL_STAGE_RESPONSE: return "response";
    case RINGCALL_STAGE_CLIENT_WAKE: return "client wake";
    default: return "?";
  }
}

const char* name_of_status(std::size_t status) {
  static constexpr std::array names{"ok", "unknown method", "expired", "failed", "no room", "too large", "bad request", "batch failed"};
  return status < names.size() ? names[status] : "unknown status";
}

stage_times call::stages() const {
  stage_times times{};
  times[RINGCALL_STAGE_TOTAL] = total();
  times[flags & RINGCALL_SAMPLE_SERVER_RUNG ? RINGCALL_STAGE_SERVER_WAKE : RINGCALL_STAGE_QUEUE] = taken - posted;
  times[RINGCALL_STAGE_HANDLER] = answered - taken;
  times[flags & RINGCALL_SAMPLE_CLIENT_RUNG ? RINGCALL_STAGE_CLIENT_WAKE : RINGCALL_STAGE_RESPONSE] = observed - answered;
  return times;
}

namespace {

// The calls ranked about q: a twentieth of all to each side, but no further than half the way to the nearer end, and at least one.
composition around(const std::vector<const call*>& sorted, double q) {
  composition result;
  const auto count = static_cast<double>(sorted.size());
  const double half = std::min({0.05, q / 2, (1 - q) / 2});
  auto first = static_cast<std::size_t>(std::clamp(std::floor((q - half) * count), 0.0, count - 1));
  const auto last = static_cast<std::size_t>(std::clamp(std::ceil((q + half) * count), static_cast<double>(first) + 1, count));
  for (; first < last; ++first, ++result.calls) {
    const stage_times times = sorted[first]->stages();
    for (std::size_t s = 0; s < times.size(); ++s) result.stages[s] += static_cast<double>(times[s]);
  }
  for (double& time : result.stages) time /= static_cast<double>(result.calls);
  return result;
}

}  // namespace

std::vector<composition> compositions(const recording& of, std::size_t method, const std::vector<double>& quantiles) {
  std::vector<const call*> own;
  for (const call& c : of.calls) {
    if (c.method == method) own.push_back(&c);
  }
  std::sort(own.begin(), own.end(), [](const call* a, const call* b) { return a->total() < b->total(); });
  std::vector<composition> all;
  for (const double q : quantiles) all.push_back(own.empty() ? composition{} : around(own, q));
  return all;
}

composition mean_composition(const method& of) {
  composition result;
  const std::uint64_t count = of.total().count;
  if (count == 0) return result;
  result.calls = static_cast<std::size_t>(count);
  for (const std::size_t s : stages_in_time) {
    result.stages[s] = static_cast<double>(of.counts.stages[s].sum) / static_cast<double>(count);
    result.stages[RINGCALL_STAGE_TOTAL] += result.stages[s];
  }
  return result;
}

std::vector<std::size_t> methods_by_time(const recording& of) {
  std::vector<std::size_t> called;
  for (std::size_t i = 0; i < of.methods.size(); ++i) {
    if (of.methods[i].counts.calls > 0 || of.methods[i].total().count > 0) called.push_back(i);
  }
  const auto time = [&](std::size_t i) { return of.methods[i].total().mean() * static_cast<double>(of.methods[i].counts.calls); };
  std::stable_sort(called.begin(), called.end(), [&](std::size_t a, std::size_t b) { return time(a) > time(b); });
  return called;
}

std::uint64_t sum_of_calls(const recording& of) {
  std::uint64_t sum = 0;
  for (const method& m : of.methods) sum += m.counts.calls;
  return sum;
}

std::uint64_t sum_of_sampled(const recording& of) {
  std::uint64_t sum = 0;
  for (const method& m : of.methods) sum += m.total().count;
  return sum;
}

}  // namespace ringcall::profile
