// The channel's part in a capture: what of a call goes there.

#include "channel.hpp"

#include <algorithm>
#include <cstring>

namespace ringcall {

// A batch goes as its records, each as if it had come alone; those behind a record that failed did not run.
void channel::capture(const work& w, std::uint16_t method, outcome o, const sendable_answer& a, std::uint64_t taken, std::uint64_t answered) noexcept {
  capture_ring& to = *tools_.capture;
  const capture_ring::call call{method, static_cast<std::uint16_t>(o.status), o.detail, client_.id, taken, answered};
  const std::span<const std::byte> answer{a.bytes(), a.size()};
  if (w.batch_count == 0) return to.write(call, w.request, answer);
  const std::uint32_t request_size = w.target->request_size, answer_size = w.target->answer_size;
  const auto request = [&](std::uint32_t i) { return std::span(w.batch_requests + std::size_t{i} * request_size, request_size); };
  std::uint32_t good = o.status == RINGCALL_OK ? w.batch_count : 0;
  if (o.status == RINGCALL_BATCH_FAILED) {
    std::memcpy(&good, a.bytes(), sizeof good);
    good = std::min(good, w.batch_count - 1); // its client can have changed it
  }
  capture_ring::call record = call;
  record.status = RINGCALL_OK;
  record.detail = 0;
  for (std::uint32_t i = 0; i < good; ++i) to.write(record, request(i), {w.batch_answers + std::size_t{i} * answer_size, answer_size});
  if (o.status == RINGCALL_OK) return;
  record = call;
  if (o.status == RINGCALL_BATCH_FAILED) record.status = RINGCALL_FAILED;
  const std::size_t before = o.status == RINGCALL_BATCH_FAILED ? RINGCALL_BATCH_FAILED_MESSAGE : 0;
  to.write(record, request(good), answer.subspan(std::min(before, answer.size())));
}

// What was refused is captured if its request lies in its slot: where else it might lie was not looked at.
void channel::capture_refused(const record& r, outcome o, const sendable_answer& a) noexcept {
  if (r.shape >= RINGCALL_SHAPE_FRAMES) return;
  const std::uint64_t now = tools_.clock.ns();
  capture({nullptr, {r.bytes, r.shape}}, r.code, o, a, now, now);
}

}  // namespace ringcall
