#pragma once
// The sampled calls of one channel: when each passed its stages, and where that is counted. What the client wrote is used only where it is possible.
//
// An entry of a private table, by id: begun when the call is taken, answered when its handler ended; then it waits until the client has noted in the segment's
// times that it observed the answer, which is found when the same id comes again, or by sweep.

#include "cpu.hpp"
#include "ringcall/ring.hpp"
#include "stats_file.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringcall {

// Belongs to the channel's loop.
class sampler {
 public:
  // count times, which outlive it; begin: a stamp before which the client had no channel.
  sampler(ringcall_times* times, std::uint32_t count, std::uint32_t channel, std::uint64_t begin) noexcept : times_(times), count_(count), channel_(channel), last_posted_(begin) {}

  static constexpr bool is_sampled(std::uint16_t id) noexcept { return (id & RINGCALL_ID_SAMPLED) != 0; }

  // What is known of a call when it is taken.
  struct taken_call {
    std::uint16_t id; // with its flag
    std::uint64_t position;
    std::uint32_t method; // index
    std::uint32_t flags; // RINGCALL_SAMPLE_...
  };
  // The call is sampled from now on (a stamp), unless there is no room, no such entry, or the id is that of a call that has not been answered. False: it is not.
  bool begin(const taken_call& c, std::uint64_t now, const loop_block& stats, cpu::monotonic_clock& clock) noexcept;
  // It is of so many records, or runs on a worker.
  void note(std::uint16_t id, std::uint32_t records, std::uint32_t flags) noexcept;
  // Its handler ran from taken to answered (stamps). Before the answer is published.
  void answered(std::uint16_t id, std::uint64_t taken, std::uint64_t answered, std::uint16_t status) noexcept;
  // The answer goes with the next publication, though it was answered before the last one.
  void delayed(std::uint16_t id) noexcept;
  bool is_publishing() const noexcept { return !publishing_.empty(); }
  // All that were answered since the last time are about to be published.
  void publish() noexcept;
  // They are; rung: the client had to be rung for it.
  void published(bool rung) noexcept;

  // Counts the calls whose answers were observed by now.
  void sweep(const loop_block& stats, cpu::monotonic_clock& clock) noexcept;
  // The same, and gives up all others: the channel has ended.
  void end(const loop_block& stats, cpu::monotonic_clock& clock) noexcept;

 private:
  enum class state : std::uint8_t { free, running, answered };
  struct entry {
    std::uint64_t position, posted, taken, answered;
    std::uint64_t observed_before; // what the client's word said before the answer was published
    std::uint32_t method, records;
    std::uint32_t place; // in waiting_
    std::uint16_t flags, status;
    state now = state::free;
    bool looked = false; // posted and observed_before are known
  };

  entry* find(std::uint16_t id) noexcept;
  void look(entry& e, std::uint16_t index) noexcept;
  void lose(entry& e, const loop_block& stats) noexcept;
  void drop(const entry& e) noexcept;
  bool finish(std::uint16_t index, std::uint64_t now, const loop_block& stats, cpu::monotonic_clock& clock) noexcept;
  void write(const entry& e, std::uint64_t observed, const loop_block& stats, cpu::monotonic_clock& clock) noexcept;

  ringcall_times* times_;
  std::uint32_t count_, channel_;
  std::unique_ptr<entry[]> entries_; // count_ of them once a call was sampled
  std::vector<std::uint16_t> waiting_;    // ids without flag that are answered; has room for count_
  std::size_t swept_ = 0; // of waiting_: those from here on were looked at last
  std::vector<std::uint16_t> publishing_; // ids that are answered and not published; as much room
  std::uint64_t last_posted_;
};

}  // namespace ringcall
