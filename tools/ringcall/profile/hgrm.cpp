#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

#include "profile/documents.hpp"

namespace ringcall::profile {
namespace {

constexpr double ticks_per_half = 5; // lines for each halving of what is left to 100 %

void line(std::string& out, double nanoseconds, double share, std::uint64_t seen) {
  std::array<char, 128> text{};
  if (share < 1) std::snprintf(text.data(), text.size(), "%12.3f %2.12f %10llu %14.2f\n", nanoseconds / 1e3, share, static_cast<unsigned long long>(seen),
      1 / (1 - share));
  else std::snprintf(text.data(), text.size(), "%12.3f %2.12f %10llu\n", nanoseconds / 1e3, 1.0, static_cast<unsigned long long>(seen));
  out += text.data();
}

double deviation(const observe::histogram& h) {
  double squares = 0;
  for (std::uint32_t i = 0; i < h.buckets.size(); ++i) {
    const double apart = (static_cast<double>(observe::bucket_low(i)) + static_cast<double>(observe::bucket_high(i))) / 2 - h.mean();
    squares += static_cast<double>(h.buckets[i]) * apart * apart;
  }
  return h.count == 0 ? 0 : std::sqrt(squares / static_cast<double>(h.count));
}

std::string file_name(const std::string& method) {
  constexpr std::size_t longest = 120;
  std::string name;
  for (const char c : method.substr(0, longest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    name += plain ? c : '_';
  }
  if (name.empty() || name[0] == '.' || name[0] == '-') name.insert(0, "_");
  return name;
}

}  // namespace

std::string hgrm(const observe::histogram& values) {
  std::string out = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  double wanted = 0;
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i < values.buckets.size(); ++i) {
    if (values.buckets[i] == 0) continue;
    seen += values.buckets[i];
    const double reached = static_cast<double>(seen) / static_cast<double>(values.count);
    const double value = static_cast<double>(std::min(observe::bucket_high(i), std::max(values.max, observe::bucket_low(i))));
    if (seen >= values.count) {
      line(out, value, 1, seen);
      break;
    }
    while (wanted <= reached && wanted < 1) {
      line(out, value, wanted, seen);
      const double halvings = std::floor(std::log2(1 / (1 - wanted))) + 1;
      wanted += (1 - 0) / (ticks_per_half * std::exp2(halvings));
    }
  }
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", values.mean() / 1e3, deviation(values) / 1e3);
  out += text.data();
  std::snprintf(text.data(), text.size(), "#[Max     = %12.3f, Total count    = %12llu]\n", static_cast<double>(values.max) / 1e3,
      static_cast<unsigned long long>(values.count));
  out += text.data();
  std::snprintf(text.data(), text.size(), "#[Buckets = %12d, SubBuckets     = %12d]\n", RINGCALL_HISTOGRAM_BUCKETS / 32 - 1, 64);
  return out + text.data();
}

std::vector<document> hgrm_documents(const recording& of) {
  std::vector<document> all;
  std::set<std::string> taken;
  for (const method& m : of.methods) {
    if (std::all_of(m.counts.stages.begin(), m.counts.stages.end(), [](const observe::histogram& h) { return h.count == 0; })) continue;
    std::string base = file_name(m.name);
    for (int n = 2; !taken.insert(base).second; ++n) base = file_name(m.name) + "-" + std::to_string(n);
    for (std::size_t stage = 0; stage < RINGCALL_STAGES; ++stage) {
      if (m.counts.stages[stage].count == 0) continue;
      std::string stage_name = name_of_stage(stage);
      std::replace(stage_name.begin(), stage_name.end(), ' ', '-');
      all.push_back({base + "." + stage_name + ".hgrm", hgrm(m.counts.stages[stage])});
    }
  }
  return all;
}

}  // namespace ringcall::profile
