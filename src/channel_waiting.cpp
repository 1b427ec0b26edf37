// The channel's answers that found no arena room: they wait in server memory.

#include "channel.hpp"

#include "doorbell.hpp"

#include <cstring>

namespace ringcall {

// Returns the memory that bytes take. Gives back what a handler asked for and then did without, if it is much.
std::size_t channel::trim(std::vector<std::byte>& bytes) noexcept {
  if (bytes.capacity() - bytes.size() > bytes.size() / 2) bytes.shrink_to_fit();
  return bytes.capacity();
}

// An answer that found no arena room waits in server memory, within bounds.
void channel::put_memory(std::uint16_t code, std::uint16_t id, std::uint32_t detail, std::vector<std::byte> bytes) {
  const std::size_t size = trim(bytes);
  if (!may_wait(size)) {
    bump(counters_.no_room);
    if (code != RINGCALL_OK) bump(serving_->statuses[code], ~std::uint64_t{0}), --run_.failed; // it is answered otherwise, after all
    note_status(RINGCALL_NO_ROOM);
    return ring_.answered.put(RINGCALL_NO_ROOM, id, 0, 0);
  }
  bump(counters_.waited_answers);
  bump(tools_.stats.stats.waited_answers);
  waiting_bytes_ += size;
  waiting_.push_back({code, id, detail, std::move(bytes)});
}

bool channel::move_to_arena(std::uint16_t code, std::uint16_t id, std::uint32_t detail, std::span<const std::byte> bytes) {
  ringcall_arena_ref region;
  if (!arena_.allocate(static_cast<std::uint32_t>(bytes.size()), region)) return false;
  std::memcpy(arena_.payload(region), bytes.data(), bytes.size());
  if (ring_.answered.pending() == RINGCALL_RUN_MAX) flush(); // waiting answers may be more than a run holds
  put_region(code, id, detail, region);
  if (sampler::is_sampled(id)) sampler_.delayed(id);
  return true;
}

// Moves waiting answers into the arena as far as there is room. False: some still wait.
bool channel::put_waiting() {
  while (!waiting_.empty()) {
    const waiting_answer& w = waiting_.front();
    if (!move_to_arena(w.code, w.id, w.detail, w.bytes)) return false;
    waiting_bytes_ -= w.bytes.capacity();
    waiting_.pop_front();
  }
  return true;
}

bool channel::send_waiting() {
  bool all = put_waiting();
  if (!all && std::atomic_ref(control_.want_ack).load(std::memory_order_relaxed) == 0) {
    std::atomic_ref(control_.want_ack).store(1, std::memory_order_relaxed);
    // PAIR ack-wanted: with the client's between its ack and its read of want_ack; then one more look.
    doorbell::fence();
    all = put_waiting();
  }
  if (all) std::atomic_ref(control_.want_ack).store(0, std::memory_order_relaxed);
  const bool sent = ring_.answered.pending() != 0;
  flush();
  return sent;
}

}  // namespace ringcall
