// The channel's service of frames: many requests of any size that came as one record, whose answers go as one payload.

#include "channel.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace ringcall {
namespace {

constexpr std::uint32_t deadline_every = 8; // frames, between two looks at the clock

constexpr std::size_t pad(std::size_t size) noexcept { return (size + RINGCALL_FRAME_ALIGN - 1) & ~std::size_t{RINGCALL_FRAME_ALIGN - 1}; }

}  // namespace

// Lays answers one behind another.
class frames_writer {
 public:
  explicit frames_writer(std::span<std::byte> room) noexcept : room_(room) {}

  bool has_room() const noexcept { return room_.size() - used_ >= sizeof(ringcall_frame_answer); }
  std::span<std::byte> payload() const noexcept { return room_.subspan(used_ + sizeof(ringcall_frame_answer)); } // of the next answer

  // Ends the answer whose size bytes are at payload().
  void put(outcome o, std::size_t size) noexcept {
    const ringcall_frame_answer head{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(o.status), o.detail, 0};
    std::memcpy(room_.data() + used_, &head, sizeof head);
    const std::size_t end = used_ + sizeof head + size;
    used_ = std::min(used_ + sizeof head + pad(size), room_.size());
    if (end < used_) std::memset(room_.data() + end, 0, used_ - end);
  }

  // Ends all answers, and returns their size.
  std::size_t end(const ringcall_frames_done& done) noexcept {
    std::memcpy(room_.data(), &done, sizeof done);
    return used_;
  }

 private:
  std::span<std::byte> room_;
  std::size_t used_ = sizeof(ringcall_frames_done);
};

namespace {

// The answer of one handler: behind those before it, or, where it does not fit there, in memory of its own.
class frame_answer final : public sendable_answer {
 public:
  frame_answer(std::span<std::byte> room, std::size_t most) noexcept : sendable_answer(room.data(), room.size()), most_(most) {}

 private:
  std::byte* grow(std::size_t size) override {
    if (size > most_) throw answer_too_large(size, most_);
    memory_.resize(size);
    return memory_.data();
  }

  std::size_t most_;
};

}  // namespace

bool channel::resolve_frames(const record& r, const method& m, work& w) {
  ringcall_frames_ref ref;
  std::memcpy(&ref, r.bytes, sizeof ref);
  if (ref.count == 0) return send_kept(r, ref.ticket), false;
  if (ref.offset % RINGCALL_ARENA_ALIGN != 0 || !memory_.request_arena().contains(ref.offset, ref.size) || ref.count > ref.size / sizeof(ringcall_frame_request) || !refers(ref.size)) {
    return poison(RINGCALL_VIOLATION_BATCH), false;
  }
  if (m.where != placement::loop) {
    char text[60];
    std::snprintf(text, sizeof text, "method %u runs on a worker, which takes no frames", unsigned{r.code});
    return refuse(r, RINGCALL_BAD_REQUEST, text), false;
  }
  w.request = {memory_.base() + ref.offset, ref.size};
  w.frames_count = ref.count;
  // The first lines at once, not one after another.
  constexpr std::size_t most = 1024;
  for (std::size_t at = 0; at < std::min<std::size_t>(ref.size, most); at += RINGCALL_CACHE_LINE) __builtin_prefetch(w.request.data() + at);
  return true;
}

// Runs handlers until the frames end, or the room does, or the deadline has passed. The room lies in the arena, or, if there is none, in server memory; if there is none either
// nothing runs.
void channel::serve_frames(const work& w, const record& r) {
  constexpr std::size_t least = sizeof(ringcall_frames_done) + sizeof(ringcall_frame_answer);
  ringcall_arena_ref region;
  if (waiting_.empty() && arena_.open(least, region)) {
    frames_writer out({arena_.payload(region), region.size});
    const std::size_t size = out.end(run_frames(w, r, out));
    if (poisoned()) [[unlikely]] return arena_.undo(); // nothing is answered any more
    arena_.close(static_cast<std::uint32_t>(size), region);
    return put_region(RINGCALL_OK, r.id, 0, region);
  }
  if (!may_wait(arena_.capacity())) {
    const ringcall_frames_done none{0, 0};
    std::memcpy(ring_.answered.next(), &none, sizeof none);
    return ring_.answered.put(RINGCALL_OK, r.id, 0, sizeof none);
  }
  // Only what the answers take of it waits: many records may, each with next to nothing.
  std::vector<std::byte>& scratch = tools_.scratch;
  if (scratch.size() < arena_.capacity()) scratch.resize(arena_.capacity());
  const std::span<std::byte> room(scratch.data(), arena_.capacity());
  struct wiping { // a handler may leave out bytes that it asked for, and the next record is perhaps another client's
    std::span<std::byte> room;
    ~wiping() { std::memset(room.data(), 0, room.size()); }
  } after{room};
  frames_writer out(room);
  const std::size_t size = out.end(run_frames(w, r, out));
  if (!poisoned()) [[likely]] put_memory(RINGCALL_OK, r.id, 0, {scratch.data(), scratch.data() + size});
}

ringcall_frames_done channel::run_frames(const work& w, const record& r, frames_writer& out) {
  const std::uint32_t deadline = r.detail;
  ringcall_frames_done done{0, 0};
  std::span<const std::byte> rest = w.request;
  for (; done.count < w.frames_count && out.has_room(); ++done.count) {
    if (deadline != 0 && done.count != 0 && done.count % deadline_every == 0) {
      now_ticks_ = 0;
      if (expired(deadline)) return done; // the client posts the others anew, which is answered
    }
    if (rest.size() < sizeof(ringcall_frame_request)) return poison(RINGCALL_VIOLATION_BATCH), done;
    // relaxed: ordered by the run's word; atomic so that a hostile writer cannot make it two different values.
    const std::uint32_t size = std::atomic_ref(*reinterpret_cast<std::uint32_t*>(const_cast<std::byte*>(rest.data()))).load(std::memory_order_relaxed);
    rest = rest.subspan(sizeof(ringcall_frame_request));
    if (size > rest.size()) return poison(RINGCALL_VIOLATION_BATCH), done;
    frame_answer a(out.payload(), arena_.capacity());
    const std::uint64_t began = capture_begins();
    const work one{w.target, rest.first(size)};
    const outcome o = invoke(one, a);
    if (began != 0) [[unlikely]] capture(one, r.code, o, a, began, tools_.clock.ns());
    rest = rest.subspan(std::min(pad(size), rest.size()));
    bump(counters_.batch_records);
    bump(serving_->batch_records);
    if (o.status == RINGCALL_FAILED) [[unlikely]] note_failure(o.detail);
    if (!a.in_slot()) {
      done.ticket = keep(o, a.take_memory());
      return done;
    }
    out.put(o, a.size());
  }
  return done;
}

// Within bounds, in bytes and in number: a client that goes on asks for it at once, so the oldest are those of calls that were abandoned.
std::uint32_t channel::keep(outcome o, std::vector<std::byte> bytes) {
  const std::size_t size = trim(bytes);
  for (; !kept_.empty() && (kept_bytes_ + size > waiting_most() || kept_.size() == ring_.ring.count()); kept_.pop_front()) {
    kept_bytes_ -= kept_.front().bytes.capacity();
    bump(counters_.no_room);
  }
  kept_bytes_ += size;
  if (++tickets_ == 0) ++tickets_;
  kept_.push_back({tickets_, o, std::move(bytes)});
  return tickets_;
}

channel::held channel::holds() const noexcept {
  held h{waiting_.size(), 0, kept_.size(), 0};
  for (const waiting_answer& w : waiting_) h.waiting_bytes += w.bytes.capacity();
  for (const kept_answer& k : kept_) h.kept_bytes += k.bytes.capacity();
  return h;
}

void channel::send_kept(const record& r, std::uint32_t ticket) {
  // In the order of their tickets, which may have begun anew at 1.
  const auto behind_first = [&](std::uint32_t t) { return t - kept_.front().ticket; };
  const auto it = std::lower_bound(kept_.begin(), kept_.end(), ticket, [&](const kept_answer& k, std::uint32_t t) { return behind_first(k.ticket) < behind_first(t); });
  if (it == kept_.end() || it->ticket != ticket) {
    note_status(RINGCALL_NO_ROOM);
    return ring_.answered.put(RINGCALL_NO_ROOM, r.id, 0, 0);
  }
  kept_answer k = std::move(*it);
  kept_.erase(it);
  kept_bytes_ -= k.bytes.capacity();
  const auto code = static_cast<std::uint16_t>(k.how.status);
  if (k.how.status != RINGCALL_OK) note_status(k.how.status);
  if (k.bytes.size() <= ring_.ring.record_size()) {
    std::memcpy(ring_.answered.next(), k.bytes.data(), k.bytes.size());
    return ring_.answered.put(code, r.id, k.how.detail, static_cast<std::uint32_t>(k.bytes.size()));
  }
  if (waiting_.empty() && move_to_arena(code, r.id, k.how.detail, k.bytes)) return;
  put_memory(code, r.id, k.how.detail, std::move(k.bytes));
}

}  // namespace ringcall
