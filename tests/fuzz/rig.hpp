#pragma once
// A server's channel, its handlers, and the memory as its hostile client sees it.

#include "script.hpp"

#include "channel.hpp"
#include "client.hpp"
#include "own_stats.hpp"
#include "worker_pool.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

namespace ringcall::fuzz {

// What the handlers, one of each kind, have worked on since it was last asked for: bytes, on the loop.
struct handlers {
  handlers();

  method_table methods;
  std::size_t worked = 0;
  std::atomic<std::uint32_t> on_worker{0}; // calls
  std::function<void()> meanwhile; // what the client does while a handler runs
};

inline constexpr std::uint16_t methods_end = 16; // ids of methods are below

class rig {
 public:
  // kind: of the ring, and how patient the server is.
  explicit rig(std::uint8_t kind);
  ~rig();

  // Each lets the server do something and checks what came of it.
  void serve();
  void serve_waiting();
  void flush();
  void arm();
  void suspect();
  void answer_bell();
  void finish_workers();

  bool over() const noexcept { return server.broken(); }
  void write(std::size_t offset, input bytes) const noexcept; // of which what lies in the segment
  std::byte* slot(std::uint64_t position) const noexcept { return memory.ring().at(position); }
  void write_in_handler(std::size_t offset, input bytes);

  static handlers& the_handlers();

 private:
  struct parts;
  explicit rig(parts p);
  void note_requests();
  void check_answers(std::uint64_t count);
  template <class F>
  void step(F act);

 public:
  test::own_stats stats{methods_end + std::size_t{1}};
  loop_tools tools;
  segment memory; // the client's mapping
  unique_fd bell;
  class channel server;
  std::vector<ringcall_arena_ref> regions; // answers' that were seen

 private:
  std::vector<std::uint16_t> given; // ids of requests without an answer
  std::uint64_t answered = 0; // position
  bool is_loose = false;      // the client wrote while a handler ran: ids and counters are no longer known
  std::vector<std::pair<std::size_t, std::vector<std::uint8_t>>> in_handler;
};

}  // namespace ringcall::fuzz
