#pragma once
// A client of one channel, good enough to load a server: posts runs of records, payloads and dense batches, reaps answers, spins a little, then sleeps on the bell.
// One call in so many is a sampled one if the server wants that (ABI.md, "Sampled calls"). Of the server's words each is read once, checked, then used. Belongs to one thread; several clients are several channels.

#include "attach.hpp"
#include "choice.hpp"
#include "request_arena.hpp"
#include "spin_budget.hpp"

#include "ringcall/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringcall::load {

// The server died, left, or said that a rule was broken. Says which, and what became of the calls in flight.
struct server_gone : std::runtime_error {
  using runtime_error::runtime_error;
};

// The server broke a rule of the ABI; the channel is of no use any more.
struct broken_rule : std::runtime_error {
  using runtime_error::runtime_error;
};

struct request {
  std::uint16_t method;
  std::span<const std::byte> bytes;
  std::uint64_t tag = 0;        // comes back with the answer
  std::uint32_t deadline = 0;   // as client::deadline makes it
  std::uint32_t batch = 0;      // not 0: bytes are so many records, to be answered one by one
  std::uint16_t answer_size = 0; // of a batch's record
};

struct answer {
  std::uint64_t tag;
  std::uint16_t method;
  std::uint16_t status; // one that exists
  std::uint32_t detail;
  std::span<const std::byte> bytes; // private memory, until the next answer
  std::uint32_t batch = 0;          // records answered, of a batch
};

class client {
 public:
  explicit client(attached a);
  ~client();
  client(client&&) = delete;

  // Writes the request into the ring. False: no room for it now; publish and reap first. What can never have room throws std::invalid_argument.
  bool put(const request& r);
  // Makes all that was put visible to the server, as one run.
  void publish();

  std::uint32_t outstanding() const noexcept { return ring_.outstanding() + ring_.posted.pending(); }
  std::uint32_t slots() const noexcept { return ring_.ring.count(); }
  std::uint32_t arena_size() const noexcept { return arena_.capacity(); }

  // Hands the run of answers that is there to f(const answer&), which must not put; returns how many. Throws broken_rule.
  template <class F>
  std::uint32_t reap(F f) {
    const std::uint32_t count = look();
    for (std::uint32_t i = 0; i < count; ++i) f(take(i));
    if (count != 0) end_reap(count);
    return count;
  }

  // Waits until an answer is there, true, or CLOCK_MONOTONIC is limit_ns, false. Throws server_gone when the server is and all its answers were reaped.
  bool wait(std::uint64_t limit_ns);

  // The moment as a deadline of a request. No more than 19 hours ahead.
  std::uint32_t deadline(std::uint64_t at_ns) const noexcept;

  const std::string& description() const noexcept { return description_; }
  pid_t server_pid() const noexcept { return pid_; }

 private:
  struct call {
    std::uint64_t tag = 0;
    std::uint64_t region = 0; // number in the arena's book
    std::uint32_t batch = 0;
    std::uint32_t answers_offset = 0; // of a batch
    std::uint16_t method = 0;
    std::uint16_t answer_size = 0;
    bool used = false;
    bool has_region = false;
    bool is_sampled = false;
  };

  std::uint32_t sample_every() const noexcept;
  void stamp() noexcept;
  bool put_region(const request& r, call& c, std::uint16_t id);
  bool put_batch(const request& r, call& c, std::uint16_t id);
  std::uint32_t look();
  answer take(std::uint32_t i);
  void take_region(const ringcall::record& r);
  void take_batch(const ringcall::record& r, const call& c, answer& a);
  void end_reap(std::uint32_t count);
  bool sleep(std::uint64_t limit_ns);
  void watch_server();
  [[noreturn]] void throw_gone();
  [[noreturn]] void poison(ringcall_violation violation);

  unique_fd connection_;
  unique_fd process_;
  segment memory_;
  std::string description_;
  pid_t pid_;
  ringcall::producer ring_;
  request_arena arena_;
  std::uint32_t spin_policy_ = RINGCALL_SPIN_OWN; // what spin_ obeys
  spin_budget spin_;
  choice choice_;
  ringcall_times* times_;             // null: nothing is sampled
  std::uint64_t wake_margin_ns_;
  std::vector<call> calls_;           // by id
  std::vector<std::uint16_t> unused_; // ids
  std::vector<std::uint16_t> to_stamp_; // ids of sampled calls that were put
  std::vector<std::byte> payload_;    // of the answer in hand
  std::uint64_t watched_ns_ = 0;
  std::uint32_t state_ = 0; // of the server's life, once it is gone
  bool gone_ = false;
  bool poisoned_ = false;
  bool acked_ = false;
  alignas(8) std::byte record_[record_size_max]{};
};

}  // namespace ringcall::load
