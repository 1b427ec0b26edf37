#pragma once
// One ring: runs published in place, answered in place, in completion order. Twin of go/ring.go; keep the order of functions.
//
// Ownership. A slot belongs to the producer until the run that holds it is published, then to the consumer until the answer in it is
// published, then to the producer again. The publication word is the only word that both sides look at; all positions are private.
//
//   word of a run's first slot   written by its publisher, release          polled by the other side, acquire
//   the other bytes of a run     written by its publisher, plain, before    read by the other side, relaxed, after
//
// Invariants.
//  1. answered <= copied <= posted <= answered + slots: positions of answers published, requests copied out, requests posted.
//  2. A run is visible only as a whole: its first word is stored last (PAIR run-visible).
//  3. The answer at position n lies in slot n mod slots. Its request was copied out before (copied > n), so nothing is overwritten unread.
//  4. The request at position n + slots is written only after the answer at n was copied out, so no answer is overwritten unread.
//  5. A word matches only if position, state and count > 0 agree. Every slot's word is rewritten each lap, so that nothing older than one
//     lap survives and comparing positions modulo 2^48 is exact. Zeroed memory matches nothing.
//  6. What the other side wrote is read once, into private memory, then checked, then used.
//
// Thread safety: an object of each class belongs to one thread at a time.

#include "ringcall/abi.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringcall {

inline constexpr std::size_t record_size_max = RINGCALL_STRIDE_LARGE - RINGCALL_SLOT_RECORD;

constexpr std::uint64_t make_word(std::uint64_t position, std::uint32_t count, std::uint32_t shape, std::uint64_t state) noexcept {
  return position << RINGCALL_POSITION_SHIFT | std::uint64_t{count} << RINGCALL_COUNT_SHIFT | std::uint64_t{shape} << RINGCALL_SHAPE_SHIFT | state;
}

constexpr std::uint64_t word_position(std::uint64_t word) noexcept { return word >> RINGCALL_POSITION_SHIFT; }
constexpr std::uint32_t word_count(std::uint64_t word) noexcept { return word >> RINGCALL_COUNT_SHIFT & RINGCALL_COUNT_MASK; }
constexpr std::uint32_t word_shape(std::uint64_t word) noexcept { return word >> RINGCALL_SHAPE_SHIFT & RINGCALL_SHAPE_MASK; }
constexpr std::uint64_t without_shape(std::uint64_t word) noexcept { return word & ~(RINGCALL_SHAPE_MASK << RINGCALL_SHAPE_SHIFT); }
constexpr std::uint64_t word_state(std::uint64_t word) noexcept { return word & RINGCALL_STATE_ANSWER; }

// Whether a run of count records from position on contains want (modulo 2^64; RINGCALL_WANT_NONE is never contained).
constexpr bool crosses(std::uint64_t position, std::uint64_t count, std::uint64_t want) noexcept { return want - position < count; }

// A ring's slots as attached: geometry is copied here once and never read from the segment again.
class slots {
 public:
  slots(std::byte* base, std::uint32_t count, std::uint32_t stride) noexcept : base_(base), mask_(count - 1), stride_(stride) {}

  std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(mask_ + 1); }
  std::uint32_t record_size() const noexcept { return stride_ - RINGCALL_SLOT_RECORD; }
  std::byte* at(std::uint64_t position) const noexcept { return base_ + (position & mask_) * stride_; }

  // relaxed: payload words, ordered by the acquire in run_reader::look; atomic so that each is read exactly once.
  static std::uint64_t load(std::byte* slot, std::size_t offset) noexcept { return word(slot + offset).load(std::memory_order_relaxed); }
  static std::atomic_ref<std::uint64_t> word(std::byte* slot) noexcept { return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(slot)); }

 private:
  std::byte* base_;
  std::uint64_t mask_;
  std::uint32_t stride_;
};

// A record copied out of its slot: private memory, safe to check and then use.
struct record {
  std::uint16_t code;
  std::uint16_t id;
  std::uint32_t detail;
  std::uint32_t shape;
  alignas(8) std::byte bytes[record_size_max];
};

// Reads the runs of one state: requests on the consumer's side, answers on the producer's.
class run_reader {
 public:
  run_reader(slots ring, std::uint64_t position, std::uint64_t state) noexcept : ring_(ring), position_(position), state_(state) {}

  std::uint64_t position() const noexcept { return position_; }
  std::uint32_t first_shape() const noexcept { return first_shape_; } // of the run seen by look

  // The next run's count, 0 if none is there. More than limit (what may be outstanding) is a violation: look at count > limit first.
  std::uint32_t look() noexcept {
    std::byte* slot = ring_.at(position_);
    // PAIR run-visible: with the release in run_writer::publish; all of the run is visible once its first word is.
    std::uint64_t word = slots::word(slot).load(std::memory_order_acquire);
    if (word_position(word) != (position_ & RINGCALL_POSITION_MASK) || word_state(word) != state_) return 0;
    first_shape_ = word_shape(word);
    return word_count(word);
  }

  // Copies out record i of the run seen by look, then checks it.
  ringcall_violation copy(std::uint32_t i, record& out) noexcept {
    if (ringcall_violation v = copy_head(i, out); v != RINGCALL_VIOLATION_NONE) return v;
    copy_bytes(i, out, out.shape > RINGCALL_STRIDE_SMALL - RINGCALL_SLOT_RECORD && out.shape <= record_size_max ? record_size_max : RINGCALL_STRIDE_SMALL - RINGCALL_SLOT_RECORD);
    return RINGCALL_VIOLATION_NONE;
  }

  // The two halves of copy: what the record is, and its first size bytes (rounded up to words).
  ringcall_violation copy_head(std::uint32_t i, record& out) noexcept {
    std::byte* slot = ring_.at(position_ + i);
    out.shape = first_shape_;
    if (i != 0) {
      // relaxed: ordered by the acquire in look; atomic so that a hostile writer cannot make it two different values.
      std::uint64_t word = slots::word(slot).load(std::memory_order_relaxed);
      if (without_shape(word) != make_word(position_ + i, 0, 0, state_)) return RINGCALL_VIOLATION_WORD;
      out.shape = word_shape(word);
    }
    if (out.shape > ring_.record_size() && out.shape < RINGCALL_SHAPE_FRAMES) return RINGCALL_VIOLATION_SHAPE;
    std::uint64_t head = slots::load(slot, 8);
    out.code = static_cast<std::uint16_t>(head);
    out.id = static_cast<std::uint16_t>(head >> 16);
    out.detail = static_cast<std::uint32_t>(head >> 32);
    return RINGCALL_VIOLATION_NONE;
  }

  void copy_bytes(std::uint32_t i, record& out, std::size_t size) const noexcept {
    std::byte* slot = ring_.at(position_ + i);
    for (std::size_t at = 0; at < size; at += 8) {
      std::uint64_t word = slots::load(slot, RINGCALL_SLOT_RECORD + at);
      std::memcpy(out.bytes + at, &word, 8);
    }
  }

  // Asks for the lines of a run seen by look, so that they come side by side and not one after another.
  void prefetch(std::uint32_t count) const noexcept {
    const std::uint32_t step = RINGCALL_CACHE_LINE / (ring_.record_size() + RINGCALL_SLOT_RECORD);
    for (std::uint32_t i = step; i < count; i += step) __builtin_prefetch(ring_.at(position_ + i));
  }

  void advance(std::uint32_t count) noexcept { position_ += count; }

 private:
  slots ring_;
  std::uint64_t position_;
  std::uint64_t state_;
  std::uint32_t first_shape_ = 0;
};

// Writes runs of one state: requests on the producer's side, answers on the consumer's. The caller keeps to invariants 3 and 4.
class run_writer {
 public:
  run_writer(slots ring, std::uint64_t position, std::uint64_t state) noexcept : ring_(ring), position_(position), state_(state) {}

  std::uint64_t position() const noexcept { return position_; } // of the first record that is not published
  std::uint32_t pending() const noexcept { return pending_; }   // records written since

  // Where the next record's bytes go (slots::record_size() of them); valid until put.
  std::byte* next() const noexcept { return ring_.at(position_ + pending_) + RINGCALL_SLOT_RECORD; }

  // Ends the record whose bytes are at next(): writes its header, and its word unless it is the run's first.
  void put(std::uint16_t code, std::uint16_t id, std::uint32_t detail, std::uint32_t shape) noexcept {
    std::byte* slot = ring_.at(position_ + pending_);
    std::uint64_t head = std::uint64_t{code} | std::uint64_t{id} << 16 | std::uint64_t{detail} << 32;
    std::memcpy(slot + 8, &head, 8);
    if (pending_ == 0) {
      first_shape_ = shape;
    } else {
      std::uint64_t word = make_word(position_ + pending_, 0, shape, state_);
      // relaxed: becomes visible with the run's first word.
      slots::word(slot).store(word, std::memory_order_relaxed);
    }
    ++pending_;
  }

  // Counts records that were written to the slots from position() + pending() on without put (run_cursor::serve).
  void add(std::uint32_t count, std::uint32_t shape) noexcept {
    if (pending_ == 0) first_shape_ = shape;
    pending_ += count;
  }

  // Publishes what was put as one run and returns its count.
  std::uint32_t publish() noexcept {
    std::uint32_t count = pending_;
    // PAIR run-visible: with the acquire in run_reader::look; everything put before is visible with this word.
    slots::word(ring_.at(position_)).store(make_word(position_, count, first_shape_, state_), std::memory_order_release);
    position_ += count;
    pending_ = 0;
    return count;
  }

  void discard() noexcept { pending_ = 0; }

 private:
  slots ring_;
  std::uint64_t position_;
  std::uint64_t state_;
  std::uint32_t pending_ = 0;
  std::uint32_t first_shape_ = 0;
};

// The side that posts requests and reaps answers.
struct producer {
  producer(slots ring, std::uint64_t position) noexcept : ring(ring), posted(ring, position, 0), reaped(ring, position, RINGCALL_STATE_ANSWER) {}

  std::uint32_t outstanding() const noexcept { return static_cast<std::uint32_t>(posted.position() - reaped.position()); }
  std::uint32_t room() const noexcept { return ring.count() - outstanding() - posted.pending(); } // records that may be put now (invariant 4)

  slots ring;
  run_writer posted;
  run_reader reaped;
};

// The side that takes requests and answers them. A run is taken whole: look, then copy each record, then advance.
struct consumer {
  consumer(slots ring, std::uint64_t position) noexcept : ring(ring), taken(ring, position, 0), answered(ring, position, RINGCALL_STATE_ANSWER) {}

  std::uint32_t outstanding() const noexcept { return static_cast<std::uint32_t>(taken.position() - answered.position()); }
  std::uint32_t limit() const noexcept { return ring.count() - outstanding(); } // the largest run that can be honest

  slots ring;
  run_reader taken;
  run_writer answered;
};

}  // namespace ringcall
