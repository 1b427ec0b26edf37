// What a channel tells of itself in the server's statistics.

#include "channel.hpp"

#include "counting.hpp"

namespace ringcall {

// Of the method that is being served.
void channel::note_failure(std::uint32_t code) noexcept {
  bump(counters_.failed);
  count_failure(*serving_, code);
}

// The same: it is answered so, and not ok.
void channel::note_status(ringcall_status status) noexcept {
  bump(serving_->statuses[status]);
  ++run_.failed;
  run_.last_status = status;
}

// Of the record with number i of the run.
void channel::begin_sample(const registered_method* m, const record& r, std::uint32_t i) noexcept {
  const auto method = m != nullptr ? m->index : static_cast<std::uint32_t>(tools_.stats.methods.size() - 1);
  const std::uint64_t now = cpu::stamp();
  const bool begun = sampler_.begin({r.id, ring_.taken.position() + i, method, rung_ ? RINGCALL_SAMPLE_SERVER_RUNG : 0}, now, tools_.stats, tools_.clock);
  taken_at_ = begun ? now : 0;
}

void channel::end_sample(std::uint16_t id, std::uint32_t status) noexcept {
  sampler_.answered(id, taken_at_, cpu::stamp(), static_cast<std::uint16_t>(status));
  taken_at_ = 0;
}

channel::~channel() {
  sampler_.end(tools_.stats, tools_.clock);
  count();
}

void channel::count() noexcept {
  ringcall_loop_stats& s = tools_.stats.stats;
  bump(s.calls, calls_ - counted_.calls);
  bump(s.runs, box_.runs() - counted_.runs);
  bump(s.bells_rung, bells_.rung);
  bump(s.bells_saved, bells_.saved);
  counted_ = {calls_, box_.runs()};
  bells_ = {};
}

void channel::show_in(stats_file::entry&& entry, std::uint32_t loop, std::uint64_t now_ns) noexcept {
  entry_ = std::move(entry);
  if (entry_.get() == nullptr) return;
  const entry_writing w(*entry_.get());
  set(entry_.get()->pid, client_.pid);
  set(entry_.get()->loop, loop);
  set(entry_.get()->attached, now_ns);
  set(entry_.get()->segment_size, memory_.size());
  write_entry(now_ns);
}

void channel::report(std::uint64_t now_ns) noexcept {
  if (entry_.get() == nullptr) return;
  const entry_writing w(*entry_.get());
  write_entry(now_ns);
}

void channel::write_entry(std::uint64_t now_ns) noexcept {
  ringcall_channel_stats& s = *entry_.get();
  set(s.id, client_.id);
  set(s.updated, now_ns);
  set(s.taken, ring_.taken.position());
  set(s.answered, ring_.answered.position());
  set(s.polled, poll.active);
  set(s.worker_calls, worker_calls_);
  set(s.waiting, waiting_.size());
  copy_counters(s.server, counters_);
  copy_counters(s.client, memory_.client_counters());
}

}  // namespace ringcall
