#include "channel.hpp"

#include "counting.hpp"
#include "cpu.hpp"
#include "doorbell.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>

namespace ringcall {
namespace {

constexpr std::uint32_t check_every_most = 8;
constexpr std::uint32_t wary_checks = 64;
constexpr std::size_t spare_calls_most = 32;

}  // namespace

// The answer of a handler on the loop: written straight into the slot or the arena.
class channel::slot_answer final : public sendable_answer {
 public:
  explicit slot_answer(channel& c) noexcept : sendable_answer(c.ring_.answered.next(), c.ring_.ring.record_size()), channel_(c) {}

  ~slot_answer() {
    if (held_ && in_slot()) channel_.arena_.undo(); // the handler thought better of it
  }

  const ringcall_arena_ref* region() const noexcept override { return held_ ? &region_ : nullptr; }

 private:
  std::byte* grow(std::size_t size) override {
    if (held_) channel_.arena_.undo();
    held_ = false;
    if (size > channel_.arena_.capacity()) throw answer_too_large(size, channel_.arena_.capacity());
    // While others wait there is no overtaking: room goes to the oldest.
    held_ = channel_.waiting_.empty() && channel_.arena_.allocate(static_cast<std::uint32_t>(size), region_);
    if (held_) return channel_.arena_.payload(region_);
    memory_.resize(size);
    return memory_.data();
  }

  channel& channel_;
  ringcall_arena_ref region_{};
  bool held_ = false;
};

channel::channel(segment&& memory, unique_fd&& connection, const client_info& client, loop_tools& tools, spin_budget budget)
    : poll{budget}, client_(client), tools_(tools), control_(memory.control()), counters_(memory.server_counters()), box_(*memory.black_box()),
      sampler_(memory.times(), memory.ring().count(), static_cast<std::uint32_t>(client.id), memory.clock_count()), ring_(memory.ring(), 0),
      arena_(memory.base(), memory.answer_arena()), memory_(std::move(memory)), connection_(std::move(connection)) {}

bool channel::serve() {
  if (broken()) [[unlikely]] return false; // what failed half-way must not run again
  const std::uint32_t count = ring_.taken.look();
  if (count == 0) return serve_waiting();
  if (count > RINGCALL_RUN_MAX || count > ring_.limit()) return poison(RINGCALL_VIOLATION_COUNT), false;
  // PAIR taken: with the client's read of taken after the server's death; what may have run lies below it.
  std::atomic_ref(control_.taken).store(ring_.taken.position() + count, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  const caller_scope serving(client_);
  bump(counters_.runs);
  bump(counters_.calls, count);
  calls_ += count;
  run_ = {};
  now_ticks_ = 0;
  referred_ = 0;
  timed_ = count > 1;
  if (timed_) {
    checked_at_ = published_at_ = cpu::cycles();
    ring_.taken.prefetch(count);
  }
  for (std::uint32_t i = 0; i < count;) {
    record r;
    if (ringcall_violation v = ring_.taken.copy_head(i, r); v != RINGCALL_VIOLATION_NONE) return poison(v), false;
    if (i == 0) box_.take(ring_.taken.position(), tools_.now, count, r);
    const registered_method* m = tools_.methods.find(r.code);
    serving_ = &(m != nullptr ? tools_.stats.methods[m->index] : tools_.stats.unknown_method());
    const std::uint32_t before = i;
    if (m != nullptr && runs_in_place(*m, r)) i = run_in_place(*m, r.code, i, count);
    // Not for that path, or it read the head anew and found another one, which only a hostile client can bring about.
    if (i == before && !poisoned()) i = run_one(m, r, i);
    if (poisoned()) [[unlikely]] return false;
  }
  ring_.taken.advance(count);
  flush();
  // Behind the publication, which would have to wait for these stores.
  box_.end(count, run_.failed, run_.on_worker, run_.last_status);
  bump(tools_.stats.stats.run_lengths[std::bit_width(count) - 1]);
  rung_ = false;
  serve_waiting();
  return true;
}

bool channel::runs_in_place(const method& m, const record& r) noexcept {
  return tools_.capture == nullptr && m.run != nullptr && m.where == placement::loop && r.shape == m.request_size && m.answer_size <= ring_.ring.record_size() &&
         !(timed_ && tools_.slow[r.code] != 0) && (r.detail == 0 || !expired(r.detail));
}

// Serves records from first on with one call of the method's loop. Returns the record to go on with.
std::uint32_t channel::run_in_place(const method& m, std::uint16_t code, std::uint32_t first, std::uint32_t count) {
  run_cursor cursor{ring_, first, timed_ ? std::min(count, first + until_check_) : count, code, now_ticks_};
  box_.running(ring_.taken.position() + first, cursor.end - first, code, first);
  try {
    m.run(m.handler.get(), cursor);
  } catch (...) {
    slot_answer a(*this);
    const outcome o = caught(a);
    put(cursor.id, o, a);
  }
  bump(serving_->calls, cursor.next - first);
  if (cursor.violation != RINGCALL_VIOLATION_NONE) [[unlikely]] poison(cursor.violation);
  if (timed_) {
    until_check_ -= cursor.next - first; // at most until_check_, by the cursor's end
    if (until_check_ == 0) watch_time(code);
  }
  return cursor.next;
}

// Serves record i, whose head was copied, in the general way. Returns i + 1.
std::uint32_t channel::run_one(const registered_method* m, record& r, std::uint32_t i) {
  ring_.taken.copy_bytes(i, r, r.shape < RINGCALL_SHAPE_FRAMES ? r.shape : sizeof(ringcall_arena_ref));
  bump(serving_->calls);
  box_.running(ring_.taken.position() + i, 1, r.code, i);
  const std::uint32_t failed = run_.failed;
  if (sampler::is_sampled(r.id)) begin_sample(m, r, i);
  work w{m, {}};
  if (m == nullptr) [[unlikely]] {
    bump(counters_.unknown);
    char text[40];
    std::snprintf(text, sizeof text, "no method %u", unsigned{r.code});
    refuse(r, RINGCALL_UNKNOWN_METHOD, text);
  } else if (resolve(r, *m, w)) {
    if (r.detail != 0 && expired(r.detail)) {
      bump(counters_.expired);
      refuse(r, RINGCALL_EXPIRED, {});
    } else if (m->where != placement::loop) {
      run_on_worker(w, r);
    } else {
      run_now(w, r);
    }
  }
  if (taken_at_ != 0 && !poisoned()) end_sample(r.id, run_.failed != failed ? run_.last_status : std::uint32_t{RINGCALL_OK});
  return i + 1;
}

// Finds the bytes that the record stands for. False: the call is answered, or the channel poisoned.
bool channel::resolve(const record& r, const method& m, work& w) {
  if (r.shape != RINGCALL_SHAPE_BATCH && m.call == nullptr) [[unlikely]] {
    return refuse(r, RINGCALL_BAD_REQUEST, "the method takes batches only"), false;
  }
  if (r.shape < RINGCALL_SHAPE_FRAMES) [[likely]] {
    w.request = {r.bytes, r.shape};
    return true;
  }
  const arena_bounds arena = memory_.request_arena();
  if (r.shape == RINGCALL_SHAPE_ARENA) {
    ringcall_arena_ref ref;
    std::memcpy(&ref, r.bytes, sizeof ref);
    if (ref.offset % RINGCALL_ARENA_ALIGN != 0 || !arena.contains(ref.offset, ref.size) || !refers(ref.size)) return poison(RINGCALL_VIOLATION_REGION), false;
    w.request = {memory_.base() + ref.offset, ref.size};
    return true;
  }
  if (r.shape == RINGCALL_SHAPE_FRAMES) return resolve_frames(r, m, w);
  ringcall_batch_ref ref;
  std::memcpy(&ref, r.bytes, sizeof ref);
  const std::uint64_t requests = std::uint64_t{ref.count} * ref.request_size;
  const std::uint64_t answers = std::uint64_t{ref.count} * ref.answer_size;
  const bool apart = ref.request_offset + requests <= ref.answer_offset || ref.answer_offset + answers <= ref.request_offset;
  if (ref.count == 0 || ref.request_offset % RINGCALL_ARENA_ALIGN != 0 || ref.answer_offset % RINGCALL_ARENA_ALIGN != 0 ||
      !arena.contains(ref.request_offset, requests) || !arena.contains(ref.answer_offset, answers) || !apart || !refers(requests + answers)) {
    return poison(RINGCALL_VIOLATION_BATCH), false;
  }
  if (m.batch == nullptr || m.request_size != ref.request_size || m.answer_size != ref.answer_size) {
    char text[120];
    if (m.batch == nullptr) {
      std::snprintf(text, sizeof text, "method %u takes no batches", unsigned{r.code});
    } else {
      std::snprintf(text, sizeof text, "a batch with records of %u bytes in and %u out, the method has %u and %u", unsigned{ref.request_size},
                    unsigned{ref.answer_size}, m.request_size, m.answer_size);
    }
    return refuse(r, RINGCALL_BAD_REQUEST, text), false;
  }
  bump(counters_.batch_records, ref.count);
  bump(serving_->batch_records, ref.count);
  w.batch_requests = memory_.base() + ref.request_offset;
  w.batch_answers = memory_.base() + ref.answer_offset;
  w.batch_count = ref.count;
  // All lines at once, not one after another: those of the first records, and of their answers.
  constexpr std::uint64_t most = 4096;
  for (std::uint64_t at = 0; at < std::min(requests, most); at += RINGCALL_CACHE_LINE) __builtin_prefetch(w.batch_requests + at);
  for (std::uint64_t at = 0; at < std::min(answers, most); at += RINGCALL_CACHE_LINE) __builtin_prefetch(w.batch_answers + at, 1);
  return true;
}

// The regions of calls in flight are apart, so those of one run have no more bytes than the arena. Otherwise each of its records could name all of it,
// and one run be work without measure for the loop.
bool channel::refers(std::uint64_t bytes) noexcept {
  referred_ += bytes;
  return referred_ <= memory_.request_arena().size;
}

bool channel::expired(std::uint32_t deadline) noexcept {
  if (now_ticks_ == 0) now_ticks_ = std::max(memory_.ticks(tools_.clock.ns()), 1u);
  return ringcall::expired(deadline, now_ticks_);
}

void channel::run_now(const work& w, const record& r) {
  const bool slow = timed_ && tools_.slow[r.code] != 0;
  if (slow) flush(); // nothing waits for a slow handler
  if (taken_at_ != 0) {
    const std::uint32_t records = std::max(w.frames_count, w.batch_count);
    if (records != 0) sampler_.note(r.id, records, RINGCALL_SAMPLE_BATCH);
  }
  // begin_sample's stamp was before the book-keeping of a sampled call.
  if (w.frames_count != 0) {
    if (taken_at_ != 0) taken_at_ = cpu::stamp();
    const std::uint32_t failed = run_.failed;
    serve_frames(w, r);
    if (taken_at_ != 0 && !poisoned()) end_sample(r.id, run_.failed != failed ? run_.last_status : std::uint32_t{RINGCALL_OK});
  } else {
    slot_answer a(*this);
    const std::uint64_t began = capture_begins();
    if (taken_at_ != 0) taken_at_ = cpu::stamp();
    const outcome o = invoke(w, a);
    if (taken_at_ != 0) end_sample(r.id, o.status);
    if (began != 0) [[unlikely]] capture(w, r.code, o, a, began, tools_.clock.ns());
    put(r.id, o, a);
  }
  if (timed_ && (slow || --until_check_ == 0)) watch_time(r.code);
}

// Publishes early when the run takes long, and learns which methods make it so.
void channel::watch_time(std::uint16_t method) noexcept {
  const std::uint64_t now = cpu::cycles();
  const std::uint64_t took = now - checked_at_;
  const bool alone = check_every_ == 1 || tools_.slow[method] != 0; // took is this one handler's
  if (alone) tools_.slow[method] = took > tools_.slow_after;
  // After a slow one each is watched for a while, or it would hide among quick ones.
  wary_ = took > tools_.slow_after ? wary_checks : wary_ - (wary_ != 0);
  check_every_ = wary_ != 0 ? 1 : std::min(check_every_ * 2, check_every_most);
  until_check_ = check_every_;
  if (now - published_at_ > tools_.publish_after) {
    flush();
    published_at_ = now;
  }
  if (took > tools_.slow_after) now_ticks_ = 0;
  checked_at_ = now;
}

void channel::run_on_worker(const work& w, const record& r) {
  if (spare_calls_.empty()) spare_calls_.push_back(std::make_unique<worker_call>());
  std::unique_ptr<worker_call> call = std::move(spare_calls_.back());
  spare_calls_.pop_back();
  call->begin(*this, ring_.ring.record_size(), arena_.capacity());
  call->request = r;
  call->work = w;
  call->stats = serving_;
  call->is_sampled = taken_at_ != 0;
  if (r.shape < RINGCALL_SHAPE_FRAMES) call->work.request = {call->request.bytes, r.shape};
  // The worker may get to it late. What is left was found positive by expired just now.
  call->deadline_ns = r.detail == 0 ? 0 : tools_.clock.ns() + memory_.ticks_ns(r.detail - now_ticks_);
  call->captured = tools_.capture != nullptr;
  tools_.workers.submit(call.get());
  call.release();
  ++worker_calls_; // only now: what no worker has never comes back
  bump(counters_.worker_calls);
  bump(serving_->worker_calls);
  ++run_.on_worker;
  if (taken_at_ != 0) sampler_.note(r.id, std::max(w.batch_count, 1u), RINGCALL_SAMPLE_WORKER | (w.batch_count != 0 ? RINGCALL_SAMPLE_BATCH : 0));
  taken_at_ = 0;
}

void channel::complete(worker_call& call) {
  std::unique_ptr<worker_call> done(&call);
  --worker_calls_;
  if (call.outcome.status == RINGCALL_EXPIRED) bump(counters_.expired);
  if (call.captured && tools_.capture != nullptr) [[unlikely]] capture(call.work, call.request.code, call.outcome, call, call.began_ns, call.ended_ns);
  serving_ = call.stats;
  if (!broken() && connection_) {
    if (call.is_sampled) sampler_.answered(call.request.id, call.taken, call.answered, static_cast<std::uint16_t>(call.outcome.status));
    put(call.request.id, call.outcome, call);
  } else if (call.outcome.status != RINGCALL_OK) {
    bump(serving_->statuses[call.outcome.status]); // which nobody is there to be told
  }
  call.take_memory(); // a spare call shall not keep the memory of its largest answer
  if (spare_calls_.size() < spare_calls_most) spare_calls_.push_back(std::move(done));
}

void channel::refuse(const record& r, ringcall_status status, std::string_view text) {
  slot_answer a(*this);
  a.set_message(text);
  if (tools_.capture != nullptr) [[unlikely]] capture_refused(r, {status, 0}, a);
  put(r.id, {status, 0}, a);
}

// Ends a call: its answer becomes the next record of the run being answered, or waits for arena room.
void channel::put(std::uint16_t id, outcome o, sendable_answer& a) {
  if (o.status == RINGCALL_FAILED || o.status == RINGCALL_BATCH_FAILED) [[unlikely]] note_failure(o.detail);
  if (o.status != RINGCALL_OK) [[unlikely]] note_status(o.status);
  const auto code = static_cast<std::uint16_t>(o.status);
  const std::span<const std::byte> bytes{a.bytes(), a.size()};
  if (!a.in_slot()) {
    const ringcall_arena_ref* region = a.region();
    if (region != nullptr) return put_region(code, id, o.detail, *region);
    if (waiting_.empty() && move_to_arena(code, id, o.detail, bytes)) return;
    return put_memory(code, id, o.detail, a.take_memory());
  }
  if (!bytes.empty() && bytes.data() != ring_.answered.next()) std::memcpy(ring_.answered.next(), bytes.data(), bytes.size());
  ring_.answered.put(code, id, o.detail, static_cast<std::uint32_t>(bytes.size()));
}

void channel::put_region(std::uint16_t code, std::uint16_t id, std::uint32_t detail, const ringcall_arena_ref& region) noexcept {
  std::memcpy(ring_.answered.next(), &region, sizeof region);
  ring_.answered.put(code, id, detail, RINGCALL_SHAPE_ARENA);
}

void channel::flush() noexcept {
  if (ring_.answered.pending() == 0) return;
  if (sampler_.is_publishing()) sampler_.publish();
  const std::uint64_t position = ring_.answered.position();
  const std::uint32_t count = ring_.answered.publish();
  // PAIR want-answer: the client stores want_answer, fences and looks; we published, fence and read it.
  doorbell::fence();
  const bool wanted = crosses(position, count, std::atomic_ref(control_.want_answer).load(std::memory_order_relaxed));
  if (wanted) doorbell::ring(connection_.get());
  if (sampler_.is_publishing()) sampler_.published(wanted);
  bump(wanted ? counters_.bells_rung : counters_.bells_saved);
  ++(wanted ? bells_.rung : bells_.saved);
  bump(counters_.answers, count);
  bump(counters_.answer_runs);
}

bool channel::arm() noexcept {
  std::atomic_ref(control_.want_request).store(ring_.taken.position(), std::memory_order_relaxed);
  // PAIR want-request: the client publishes, fences and reads want_request; we stored it, fence and look.
  doorbell::fence();
  if (ring_.taken.look() != 0) return false;
  bump(counters_.sleeps);
  return true;
}

bool channel::answer_bell() noexcept {
  const doorbell::bell bell = doorbell::drain(connection_.get());
  suspect_ = false;
  return bell != doorbell::bell::gone;
}

void channel::settle_suspicion() noexcept {
  if (!suspect_) return;
  suspect_ = false;
  if (doorbell::drain(connection_.get()) != doorbell::bell::quiet) return;
  bump(counters_.recovered_wakes);
  bump(tools_.stats.stats.recovered_wakes);
}

void channel::close() noexcept {
  if (!connection_) return;
  // PAIR closed: the client reads CLOSED, then taken; what is not below it never started.
  std::atomic_ref(memory_.header().server.state).store(poisoned() ? RINGCALL_STATE_POISONED : RINGCALL_STATE_CLOSED, std::memory_order_release);
  gone_.store(true, std::memory_order_relaxed);
  shutdown(connection_.get(), SHUT_RDWR); // also for those that have another descriptor of it (acceptor::serve_parent)
  connection_.reset();
}

void channel::poison(ringcall_violation violation) noexcept {
  violation_ = violation;
  box_.idle();
  ring_.answered.discard();
  std::atomic_ref(memory_.header().server.reason).store(violation, std::memory_order_relaxed);
}

const char* channel::violation() const noexcept {
  switch (violation_) {
    case RINGCALL_VIOLATION_NONE: return "none";
    case RINGCALL_VIOLATION_COUNT: return "a run longer than what may be outstanding";
    case RINGCALL_VIOLATION_WORD: return "a record inside a run without its position";
    case RINGCALL_VIOLATION_SHAPE: return "a reserved shape or a record larger than its slot";
    case RINGCALL_VIOLATION_ID: return "an answer to a call that is not outstanding";
    case RINGCALL_VIOLATION_REGION: return "a payload outside its arena, or payloads that overlap";
    case RINGCALL_VIOLATION_BATCH: return "a batch whose areas leave the arena or overlap";
    case RINGCALL_VIOLATION_STATUS: return "a status that does not exist";
  }
  return "unknown";
}

}  // namespace ringcall
