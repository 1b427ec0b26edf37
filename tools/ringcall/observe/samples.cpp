#include "observe/samples.hpp"

#include "observe/shared.hpp"

namespace ringcall::observe {

sample_reader::sample_reader(const stats_view& view) : view_(view) {
  for (std::uint32_t l = 0; l < view.loops(); ++l) next_.push_back(load(view.loop(l).samples, std::memory_order_acquire) + 1);
}

void sample_reader::read(std::vector<sample>& into) {
  for (std::uint32_t l = 0; l < view_.loops(); ++l) {
    std::uint64_t& next = next_[l];
    const std::uint64_t written = load(view_.loop(l).samples, std::memory_order_acquire);
    if (written >= next + RINGCALL_SAMPLES) {
      lost_ += written + 1 - RINGCALL_SAMPLES - next;
      next = written + 1 - RINGCALL_SAMPLES;
    }
    for (; next <= written; ++next) {
      const ringcall_sample& shared = view_.sample(l, next - 1);
      const std::uint64_t before = load(shared.sequence, std::memory_order_acquire);
      sample s{load_struct(shared), l};
      std::atomic_thread_fence(std::memory_order_acquire);
      if (before != next || load(shared.sequence) != next) {
        ++lost_;
        continue;
      }
      const ringcall_sample& c = s.call;
      const bool ordered = c.posted <= c.taken && c.taken <= c.answered && c.answered <= c.observed;
      if (ordered && c.method < view_.methods().size()) into.push_back(s);
    }
  }
}

}  // namespace ringcall::observe
