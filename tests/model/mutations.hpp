#pragma once
// Mistakes in ring.hpp and run_cursor.hpp: make_mutants compiles the model's copies of both with each of them, and fails when a text has gone.

namespace ringcall::model {

struct mutation {
  const char* name; // of its namespace
  const char* what;
  const char* from; // stands exactly once in the two files
  const char* to;
};

inline constexpr mutation mutations[] = {
    {"publish_relaxed", "the first word is stored without release", "make_word(position_, count, first_shape_, state_), std::memory_order_release)",
     "make_word(position_, count, first_shape_, state_), std::memory_order_relaxed)"},
    {"look_relaxed", "the first word is looked at without acquire", "load(std::memory_order_acquire)", "load(std::memory_order_relaxed)"},
    {"word_first", "the first word is stored before the record", "    std::memcpy(slot + 8, &head, 8);\n    if (pending_ == 0) {",
     "    if (pending_ == 0) slots::word(slot).store(make_word(position_, 1, shape, state_), std::memory_order_release);\n    std::memcpy(slot + 8, &head, 8);\n    if (pending_ == 0) {"},
    {"count_early", "a run is published with one record more than was put", "std::uint32_t count = pending_;", "std::uint32_t count = ++pending_;"},
    {"inner_word_missing", "words inside a run are not written", "slots::word(slot).store(word, std::memory_order_relaxed);", "static_cast<void>(word);"},
    {"inner_word_of_a_run", "words inside a run carry a count", "make_word(position_ + pending_, 0, shape, state_)", "make_word(position_ + pending_, 1, shape, state_)"},
    {"state_unread", "a request passes for an answer and an answer for a request", " || word_state(word) != state_) return 0;", ") return 0;"},
    {"position_unread", "what lay there a lap ago passes for new", "word_position(word) != (position_ & RINGCALL_POSITION_MASK) || ", ""},
    {"position_unmasked", "positions are compared beyond 48 bits", "(position_ & RINGCALL_POSITION_MASK)", "position_"},
    {"no_wrap", "positions do not wrap to slots", "base_ + (position & mask_) * stride_", "base_ + (position & (2 * mask_ + 1)) * stride_"},
    {"room_for_one_more", "the producer sees a slot more than there is", "ring.count() - outstanding() - posted.pending();", "ring.count() - outstanding() - posted.pending() + 1;"},
    {"advance_too_little", "a run counts as one record", "void advance(std::uint32_t count) noexcept { position_ += count; }", "void advance(std::uint32_t) noexcept { position_ += 1; }"},
    {"scrubbed_unread", "the answer's place is written before the request in it is copied out", "      const auto request = read<Request>(from);",
     "      slots::word(at.at(begin + done) + RINGCALL_SLOT_RECORD).store(0, std::memory_order_relaxed);\n      const auto request = read<Request>(from);"},
    {"answered_aside", "answers in place lie one slot further", "std::byte* to = at.at(position);", "std::byte* to = at.at(position + 1);"},
    {"answer_published_early", "the first answer's word is stored before the answer", "      std::byte* to = at.at(position);",
     "      std::byte* to = at.at(position);\n      if (opens_run && done == 0) slots::word(to).store(make_word(position, 1, record_size<Answer>, RINGCALL_STATE_ANSWER), std::memory_order_release);"},
    {"answer_id_lost", "an answer in place carries no id", "RINGCALL_OK | (head & 0xffff0000u)", "RINGCALL_OK | (head & 0)"},
};

}  // namespace ringcall::model
