#pragma once
// What a model of the ring is about: its size, what its sides may do, and what they do wrong.
//
// Request number n has the id n + 1 and the bytes request_of(n), so that a request that is torn, overwritten unread, taken twice or out of turn
// has other bytes than its number says.

#include "explorer.hpp"

#include "ringcall/abi.h"

namespace ringcall::model {

// Mistakes in the use of a ring, which no text of ring.hpp shows.
enum class slip {
  none,
  room_before_copy,   // the client writes a request into a slot whose answer it has not copied out
  answer_before_copy, // the server writes an answer into a slot whose request it has not copied out
  taken_late,         // taken is stored after the handlers
  taken_unfenced,     // no release fence between the store of taken and the handlers
  taken_before_drain, // the client loads taken, then drains
  no_drain,           // it does not drain
  verdict_one_off,    // it says never started of the last request below taken
  judged_alive,       // it judges while the server lives and has not closed
};

struct setting {
  std::uint32_t slots = 2;
  std::uint32_t requests = 4;
  std::uint32_t run_max = 2;
  std::uint64_t start = 0; // the first position
  int mortal = -1;         // 0: the client may die, 1: the server
  bool for_workers = true, inline_too = true, in_place = true; // how the server serves
  slip mistake = slip::none;
  bool judge_memory = true;

  static constexpr std::size_t words_per_slot = RINGCALL_STRIDE_SMALL / 8;
  std::size_t taken_word() const { return slots * words_per_slot; }
  std::size_t effects_word() const { return taken_word() + 1; } // what the handlers do to the world: bit by request
};

struct payload {
  std::uint64_t a, b;
  bool operator==(const payload&) const = default;
};
constexpr payload request_of(std::uint64_t n) { return {1000 + n, ~n}; }
constexpr payload answer_of(payload request) { return {request.a + 1000, request.b ^ 5}; }
constexpr std::uint16_t method = 3;

constexpr bool has(std::uint64_t bits, std::uint64_t n) { return (bits >> n & 1) != 0; }

}  // namespace ringcall::model
