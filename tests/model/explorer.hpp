#pragma once
// Explores everything that two sides of shared memory can do: every interleaving, every value that a load may return, every choice of what to do
// next, and the death of one side before any of its accesses.
//
// States are told apart by 128-bit hashes. Stores are not interleaved: one that is made at once only adds to what the other side's later loads
// may return, which may still be the older ones, so nothing is left out.

#include "shared_word.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace ringcall::model {

inline constexpr std::size_t own_max = 384;

// What really happened, for the judgement of what the sides make of it. They set it as they go; setting it again does no harm.
struct facts {
  std::uint64_t posted = 0;   // requests published
  std::uint64_t answered = 0; // answers published
  std::uint64_t ran = 0;      // bit by request: its handler ran
  std::uint64_t denied = 0;   // bit by request: it was called never started
  bool peer_dead = false;     // filled in by the explorer
  bool sees_all = false;      // set to see all that a dead peer did; before any access of the operation
};

// One side: operations on its own state, which is a plain struct.
struct script {
  std::size_t own_size = 0;
  std::function<void(std::byte* own)> start;
  std::function<std::uint32_t(const std::byte* own, const facts&)> choices; // bit by operation: may begin now
  std::function<void(std::byte* own, unsigned operation, tape&, facts&)> run;
  std::function<bool(const std::byte* own)> done;
  std::function<std::string(unsigned operation)> name;
};

struct plan {
  std::array<script, 2> sides;
  std::size_t words = 0;
  std::array<std::uint64_t, words_max> first{}; // what lies in them
  int mortal = -1;                              // the side that may die
  bool judge_memory = true;                     // unseen stores overwritten and races are failures
  std::size_t states_max = 100'000'000;
};

struct findings {
  std::size_t states = 0, steps = 0, deaths = 0, ends = 0;
  std::string failure; // empty: none
  std::string way;     // the operations that led there
};

// base is where the sides believe the shared words to lie: plan.words times 8 bytes, never touched.
findings explore(const plan& p, std::byte* base);

}  // namespace ringcall::model
