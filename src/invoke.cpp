#include "invoke.hpp"

#include "ringcall/error.hpp"

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace ringcall {

void answer::assign(std::string_view text) {
  const std::span<std::byte> to = resize(text.size());
  if (!text.empty()) std::memcpy(to.data(), text.data(), text.size());
}

answer_too_large::answer_too_large(std::size_t size, std::size_t capacity) {
  std::snprintf(text_, sizeof text_, "an answer of %zu bytes exceeds the answer arena's %zu; enlarge options::answer_arena", size, capacity);
}

void sendable_answer::set_message(std::string_view text) noexcept {
  try {
    assign(text);
  } catch (...) {
    assign(text.substr(0, inline_room_)); // the slot always has room
  }
}

namespace {

outcome with_message(sendable_answer& out, ringcall_status status, std::uint32_t code, std::string_view message) noexcept {
  out.clear();
  out.set_message(message);
  return {status, code};
}

}  // namespace

outcome caught(sendable_answer& out) noexcept {
  try {
    throw;
  } catch (const failure& e) {
    return with_message(out, RINGCALL_FAILED, e.code(), e.message());
  } catch (const answer_too_large& e) {
    return with_message(out, RINGCALL_TOO_LARGE, 0, e.what());
  } catch (const bad_frame& e) {
    return with_message(out, RINGCALL_BAD_REQUEST, 0, e.what());
  } catch (const std::exception& e) {
    return with_message(out, RINGCALL_FAILED, 0, e.what());
  } catch (...) {
    return with_message(out, RINGCALL_FAILED, 0, "the handler threw something that is no std::exception");
  }
}

namespace {

// Puts the number of the record that failed before the message.
void number_failure(sendable_answer& out, std::uint32_t record) noexcept {
  struct {
    std::uint32_t record, zero;
  } const head{record, 0};
  static_assert(sizeof head == RINGCALL_BATCH_FAILED_MESSAGE);
  try {
    std::string text(reinterpret_cast<const char*>(&head), sizeof head);
    text.append(reinterpret_cast<const char*>(out.bytes()), out.size());
    out.clear();
    out.set_message(text);
  } catch (...) { // no memory for the text
    out.clear();
    out.set_message({reinterpret_cast<const char*>(&head), sizeof head});
  }
}

outcome invoke_batch(const work& w, sendable_answer& out) noexcept {
  constexpr std::uint32_t untold = ~0u;
  std::uint32_t done = untold;
  try {
    w.target->batch(w.target->handler.get(), w.batch_requests, w.batch_answers, w.batch_count, done);
    std::memcpy(out.resize(sizeof w.batch_count).data(), &w.batch_count, sizeof w.batch_count);
    return {RINGCALL_OK, 0};
  } catch (...) {
    outcome o = caught(out);
    if (done == untold || o.status != RINGCALL_FAILED) return o;
    number_failure(out, done);
    o.status = RINGCALL_BATCH_FAILED;
    return o;
  }
}

}  // namespace

outcome invoke(const work& w, sendable_answer& out) noexcept {
  if (w.batch_count != 0) return invoke_batch(w, out);
  void* handler = w.target->handler.get();
  try {
    if (w.target->call(handler, w.request, out)) [[likely]] return {RINGCALL_OK, 0};
  } catch (...) {
    return caught(out);
  }
  char text[96];
  std::snprintf(text, sizeof text, "a request of %zu bytes, the method takes %u", w.request.size(), w.target->request_size);
  return with_message(out, RINGCALL_BAD_REQUEST, 0, text);
}

}  // namespace ringcall
