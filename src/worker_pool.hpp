#pragma once
// Worker threads for handlers that may block. Each loop feeds each worker through a queue of its own and gets the call back through
// another, so that every boost::lockfree::spsc_queue has one producer and one consumer.

#include "invoke.hpp"
#include "ringcall/ring.hpp"
#include "ringcall/stats.h"
#include "unique_fd.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace ringcall {

class channel;

// A call on its way through a worker: owns all it needs, so that the slot it came from is free.
class worker_call final : public sendable_answer {
 public:
  worker_call() noexcept : sendable_answer(slot_, sizeof slot_) {}

  // room: what the slot holds to which the answer will go.
  void begin(channel& c, std::size_t room, std::size_t answer_max) noexcept {
    clear();
    owner = &c;
    inline_room_ = room;
    answer_max_ = answer_max;
  }

  channel* owner = nullptr;
  worker_call* next = nullptr; // in its channel's line
  record request;
  struct work work {};
  struct outcome outcome {};
  ringcall_method_stats* stats = nullptr; // the method's, on the loop
  bool is_sampled = false;
  std::uint64_t taken = 0, answered = 0; // stamps of a sampled one: when a worker began and ended it
  std::uint64_t deadline_ns = 0; // CLOCK_MONOTONIC; 0: none
  bool captured = false;
  std::uint64_t began_ns = 0, ended_ns = 0; // if captured

 private:
  std::byte* grow(std::size_t size) override;

  std::byte slot_[record_size_max];
  std::size_t answer_max_ = 0; // the answer arena's capacity
};

// A channel's calls that no worker has taken yet. The loop's.
struct worker_line {
  worker_call *first = nullptr, *last = nullptr;
  worker_line* next = nullptr; // whose turn is the next, while it is not empty
};

// One loop's way to all workers. Belongs to the loop's thread, but for what the workers do with their ends of the queues. A worker is given the call that it
// runs and the next one, or some more if they are quick; the others wait with their channels, which have turns: who posts many slow calls delays its own, and
// those of others by no more than these two.
class worker_port {
 public:
  worker_port(std::size_t workers, int wake_fd);

  void submit(worker_call* call) noexcept;
  // Hands what is done to take, which must not throw, call by call. False: there is nothing.
  template <class F>
  bool complete(F take);
  // Around a sleep of the loop: prepare returns false if something is done already.
  bool prepare_sleep();
  void end_sleep() noexcept { sleeping_.store(false, std::memory_order_relaxed); } // relaxed: a late ring is only a spare one

 private:
  friend class worker_pool;
  static constexpr std::size_t ahead_least = 2, ahead_most = 64;
  struct lane {
    boost::lockfree::spsc_queue<worker_call*, boost::lockfree::capacity<ahead_most>> todo, done;
    alignas(RINGCALL_HOT_SIZE) std::atomic<std::uint32_t>* bell = nullptr; // the worker's
    // The loop's.
    std::size_t in_flight = 0;         // calls given to the worker and not back
    std::size_t ahead = ahead_least;   // no more of them than these
    std::uint64_t since = 0;           // cycles: when it got to work, or some were back last
  };

  bool give(worker_call* call) noexcept;
  void queue(worker_line& line) noexcept;
  void give_all() noexcept;
  void learn(lane& l, std::size_t done) noexcept;
  void finished(std::size_t worker, worker_call* call);

  std::vector<std::unique_ptr<lane>> lanes_;
  worker_line *first_ = nullptr, *last_ = nullptr; // lines that are not empty, in the order of their turns
  int wake_fd_;
  std::atomic<bool> sleeping_{false};
};

template <class F>
bool worker_port::complete(F take) {
  static_assert(noexcept(take(nullptr)), "it would be handed what it has been handed before");
  bool any = false;
  for (auto& l : lanes_) {
    const std::size_t done = l->done.consume_all(take);
    if (done == 0) continue;
    learn(*l, done);
    any = true;
  }
  give_all();
  return any;
}

class worker_pool {
 public:
  worker_pool(std::size_t workers, std::vector<worker_port*> ports); // throws std::system_error when the system has no thread left
  ~worker_pool(); // finishes what was submitted

 private:
  struct worker {
    alignas(RINGCALL_HOT_SIZE) std::atomic<std::uint32_t> bell{0};
    std::thread thread;
  };

  void stop();
  void run(std::size_t index);
  bool turn(std::size_t index);

  std::vector<worker_port*> ports_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::atomic<bool> stopping_{false};
};

}  // namespace ringcall
