#include <algorithm>

#include "profile/finding_rules.hpp"
#include "profile/thresholds.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {

void few_samples(const evidence& e, std::vector<finding>& all) {
  const std::uint64_t calls = sum_of_calls(e.of);
  if (calls == 0) {
    all.push_back({"no-calls", severity::note, "No call was made in " + duration(static_cast<double>(e.of.length)) +
        (e.of.filter.empty() ? "." : " to a method with \"" + clean(e.of.filter) + "\" in its name."),
                   "Record while clients call (`ringcall stat` shows whether they do, `ringcall bench` makes load)."});
    return;
  }
  if (sum_of_sampled(e.of) == 0) {
    all.push_back({"no-samples", severity::note, count_text(calls) + " calls were made, but none of them was sampled: there are no times to show.",
                   calls < e.of.server.sample_asked ? "Fewer calls came than one in so many: sample more (--sample 1), or record longer." : "Clients of a version that does not sample, or answers that nobody reaped."});
    return;
  }
  std::vector<std::size_t> few;
  std::uint64_t least = ~std::uint64_t{0};
  for (const std::size_t i : methods_by_time(e.of)) {
    const std::uint64_t samples = e.of.methods[i].total().count;
    if (samples >= thresholds::samples_for_p99) continue;
    few.push_back(i);
    least = std::min(least, samples);
  }
  if (few.empty()) return;
  const bool one = few.size() == 1;
  const std::string rests = one ? " rests on " + count_text(least) + (least == 1 ? " sample" : " samples") : " rest on fewer than " +
      count_text(thresholds::samples_for_p99) + " samples, the least on " + count_text(least);
  all.push_back({"few-samples", severity::note, (one ? "What is said of " : "The times of ") + list_of(e.of, few) + rests + (one ? ": its" : ": their") +
      " p99 says little.", "Record longer (--for 60s), or sample more (--sample 1)."});
}

void unobserved_samples(const evidence& e, std::vector<finding>& all) {
  std::uint64_t unobserved = 0, sampled = 0;
  for (const method& m : e.of.methods) unobserved += m.counts.unobserved, sampled += m.counts.sampled;
  if (unobserved == 0 || static_cast<double>(unobserved) < thresholds::unobserved_share * (static_cast<double>(unobserved) + static_cast<double>(sampled))) return;
  all.push_back({"unobserved", severity::note, count_text(unobserved) + " of " + count_text(unobserved + sampled) +
      " sampled calls are in no histogram: nobody saw their answers, or their channels ended first.",
                 "Clients that come and go quickly, or leave their calls: the times are those of the others."});
}

void missed_samples(const evidence& e, std::vector<finding>& all) {
  std::uint64_t made = 0;
  for (const loop& l : e.of.loops) made += l.counts.samples;
  if (e.of.samples_missed == 0 || static_cast<double>(e.of.samples_missed) < thresholds::missed_share * static_cast<double>(made)) return;
  all.push_back({"missed-samples", severity::note, count_text(e.of.samples_missed) + " of " + count_text(made) +
      " samples were overwritten before they were read: histograms have them all, but slowest calls and trace lack these.",
                 "Sample less (--sample " + std::to_string(std::max<std::uint64_t>(e.of.server.sample_asked, 1) * 4) + "), or run this on an idle processor."});
}

void other_rate(const evidence& e, std::vector<finding>& all) {
  const std::uint64_t in_force = e.of.server.policy.sample_every, asked = e.of.server.sample_asked;
  if (e.of.end != ending::complete || in_force == 0 || asked == 0 || in_force == asked) return;
  all.push_back({"other-rate", severity::note, "One call in " + count_text(in_force) + " is sampled, not one in " + count_text(asked) +
      ": another observer, or the server's own setting, asks for more.", ""});
}

}  // namespace ringcall::profile
