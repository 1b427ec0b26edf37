#pragma once
// Serves the records of a taken run that belong to one handler: its loop is compiled into the handler's thunk, so that a run costs one
// indirect call and not one a record.

#include "ringcall/record.hpp"
#include "ringcall/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace ringcall {

// Whether a deadline has passed; both in ticks modulo 2^32.
constexpr bool expired(std::uint32_t deadline, std::uint32_t now) noexcept { return static_cast<std::int32_t>(now - deadline) >= 0; }

// Belongs to the loop that serves the run.
struct run_cursor {
  consumer& ring;
  std::uint32_t next; // record of the run that comes next
  std::uint32_t end;  // where to stop
  std::uint16_t code; // of the records wanted
  std::uint32_t now;  // in ticks; 0: not known, then records with a deadline are not ours
  std::uint16_t id = 0; // of the record served last: of the one whose handler threw
  ringcall_violation violation = RINGCALL_VIOLATION_NONE;

  // Answers records with f as long as they are ours: same method, one Request in the slot, not expired, not sampled. If f throws, the record counts as
  // taken (next is past it) and is not answered. Either type may be void: records of no bytes.
  template <record_or_void Request, record_or_void Answer, class F>
  void serve(F& f) {
    // run_reader::copy and run_writer::put once more, but on locals: a store into a slot might be one into *this, for all that the compiler
    // knows, and would make it load every member anew for every record.
    const slots at = ring.ring;
    const std::uint64_t taken = ring.taken.position();
    const std::uint64_t begin = ring.answered.position() + ring.answered.pending();
    const bool opens_run = ring.answered.pending() == 0; // then the first answer's word is publish's to write
    const std::uint32_t stop = end, now_ticks = now;
    const std::uint64_t method = code;
    constexpr std::uint64_t id_bits = std::uint64_t{RINGCALL_ID_SAMPLED - 1} << 16; // of a head, without the flag
    std::uint32_t i = next;
    std::uint32_t done = 0;
    struct write_back {
      run_cursor& cursor;
      std::uint32_t &i, &done;
      ~write_back() {
        cursor.next = i;
        if (done != 0) cursor.ring.answered.add(done, record_size<Answer>);
      }
    } const keep{*this, i, done};

    while (i != stop) {
      std::byte* from = at.at(taken + i);
      std::uint32_t shape = ring.taken.first_shape();
      if (i != 0) {
        const std::uint64_t word = slots::load(from, 0);
        if (without_shape(word) != make_word(taken + i, 0, 0, 0)) {
          violation = RINGCALL_VIOLATION_WORD;
          return;
        }
        shape = word_shape(word);
      }
      const std::uint64_t head = slots::load(from, 8);
      if (shape != record_size<Request>) return;
      if ((head & ~id_bits) != method) {
        // Another method's, a sampled one, which is to be stamped, or one with a deadline.
        if ((head & 0xffffffffu & ~id_bits) != method) return;
        if (now_ticks == 0 || expired(static_cast<std::uint32_t>(head >> 32), now_ticks)) return;
      }
      const auto request = read<Request>(from);
      ++i;
      id = static_cast<std::uint16_t>(head >> 16);
      [[maybe_unused]] auto answer = detail::call<Answer>(f, request);

      const std::uint64_t position = begin + done;
      std::byte* to = at.at(position);
      if constexpr (!std::is_void_v<Answer>) {
        detail::clear_padding(answer);
        std::memcpy(to + RINGCALL_SLOT_RECORD, &answer, sizeof answer);
      }
      const std::uint64_t answer_head = RINGCALL_OK | (head & 0xffff0000u);
      std::memcpy(to + 8, &answer_head, 8);
      // relaxed: becomes visible with the run's first word.
      if (done != 0 || !opens_run) slots::word(to).store(make_word(position, 0, record_size<Answer>, RINGCALL_STATE_ANSWER), std::memory_order_relaxed);
      ++done;
    }
  }

 private:
  template <class Request>
  static detail::value_of<Request> read(std::byte* slot) noexcept {
    if constexpr (std::is_void_v<Request>) {
      return {};
    } else {
      std::uint64_t words[(sizeof(Request) + 7) / 8];
      for (std::size_t w = 0; w < sizeof words / 8; ++w) words[w] = slots::load(slot, RINGCALL_SLOT_RECORD + 8 * w);
      return detail::load<Request>(reinterpret_cast<const std::byte*>(words));
    }
  }
};

}  // namespace ringcall
