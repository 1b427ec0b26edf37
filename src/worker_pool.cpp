#include "worker_pool.hpp"

#include "channel.hpp"
#include "cpu.hpp"
#include "doorbell.hpp"
#include "system.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace ringcall {

std::byte* worker_call::grow(std::size_t size) {
  if (size > answer_max_) throw answer_too_large(size, answer_max_);
  memory_.resize(size);
  return memory_.data();
}

worker_port::worker_port(std::size_t workers, int wake_fd) : wake_fd_(wake_fd) {
  for (std::size_t i = 0; i < workers; ++i) lanes_.push_back(std::make_unique<lane>());
}

// To the worker that has least of ours to do, so that a quick call does not wait behind a slow one while another worker is idle.
bool worker_port::give(worker_call* call) noexcept {
  lane& l = **std::min_element(lanes_.begin(), lanes_.end(), [](auto& a, auto& b) { return a->in_flight < b->in_flight; });
  if (l.in_flight >= l.ahead) return false;
  l.todo.push(call); // has room for those in flight
  if (l.in_flight++ == 0) l.since = cpu::cycles();
  l.bell->fetch_add(1, std::memory_order_release);
  l.bell->notify_one();
  return true;
}

void worker_port::submit(worker_call* call) noexcept {
  worker_line& line = call->owner->line();
  call->next = nullptr;
  if (line.first == nullptr) {
    line.first = line.last = call;
    queue(line);
  } else {
    line.last = line.last->next = call;
  }
  give_all();
}

// Its turn comes behind all others.
void worker_port::queue(worker_line& line) noexcept {
  (first_ == nullptr ? first_ : last_->next) = &line;
  last_ = &line;
  line.next = nullptr;
}

void worker_port::give_all() noexcept {
  while (first_ != nullptr) {
    worker_line& line = *first_;
    worker_call* next = line.first->next; // before a worker has it
    if (!give(line.first)) return;
    line.first = next;
    first_ = line.next;
    if (next != nullptr) queue(line);
  }
}

// Two slow calls keep a worker at work while the loop learns of what is done. Of quick ones it takes more, or the worker would wait for the loop between any two.
void worker_port::learn(lane& l, std::size_t done) noexcept {
  static const std::uint64_t slow = cpu::cycles_in(std::chrono::microseconds(100));
  const std::uint64_t now = cpu::cycles();
  if (l.in_flight == done && first_ != nullptr) { // it ran out of work
    l.ahead = std::min(l.ahead * 2, ahead_most);
  } else if ((now - l.since) / done > slow) {
    l.ahead = ahead_least;
  }
  l.since = now;
  l.in_flight -= done;
}

bool worker_port::prepare_sleep() {
  sleeping_.store(true, std::memory_order_relaxed);
  // PAIR completion-fence: with the fence in finished; either we see the call or the worker sees that we sleep.
  doorbell::fence();
  for (auto& l : lanes_) {
    if (l->done.read_available() == 0) continue;
    end_sleep();
    return false;
  }
  return true;
}

void worker_port::finished(std::size_t worker, worker_call* call) {
  while (!lanes_[worker]->done.push(call)) std::this_thread::yield(); // the loop empties it each turn
  // PAIR completion-fence: with the fence in prepare_sleep.
  doorbell::fence();
  if (!sleeping_.load(std::memory_order_relaxed)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(wake_fd_, &one, sizeof one); // an eventfd that is full wakes as well
}

worker_pool::worker_pool(std::size_t workers, std::vector<worker_port*> ports) : ports_(std::move(ports)) {
  for (std::size_t i = 0; i < workers; ++i) workers_.push_back(std::make_unique<worker>());
  for (worker_port* port : ports_) {
    for (std::size_t i = 0; i < workers; ++i) port->lanes_[i]->bell = &workers_[i]->bell;
  }
  try {
    for (std::size_t i = 0; i < workers; ++i) workers_[i]->thread = start_thread("a worker", [this, i] { run(i); });
  } catch (...) {
    stop();
    throw;
  }
}

worker_pool::~worker_pool() { stop(); }

void worker_pool::stop() {
  stopping_.store(true);
  for (auto& w : workers_) {
    w->bell.fetch_add(1);
    w->bell.notify_one();
  }
  for (auto& w : workers_) {
    if (w->thread.joinable()) w->thread.join();
  }
}

bool worker_pool::turn(std::size_t index) {
  bool worked = false;
  for (worker_port* port : ports_) {
    worker_call* call;
    if (!port->lanes_[index]->todo.pop(call)) continue;
    if (call->captured) call->began_ns = call->ended_ns = monotonic_ns();
    if (call->is_sampled) call->taken = cpu::stamp();
    if (call->owner->gone() && call->work.target->where != placement::worker_always) {
      call->outcome = {RINGCALL_EXPIRED, 0}; // nobody is there to be answered
    } else if (call->deadline_ns != 0 && monotonic_ns() >= call->deadline_ns) {
      call->outcome = {RINGCALL_EXPIRED, 0};
    } else {
      const caller_scope serving(call->owner->client());
      call->outcome = invoke(call->work, *call);
      if (call->captured) call->ended_ns = monotonic_ns();
    }
    if (call->is_sampled) call->answered = cpu::stamp();
    port->finished(index, call);
    worked = true;
  }
  return worked;
}

void worker_pool::run(std::size_t index) {
  worker& self = *workers_[index];
  for (;;) {
    const std::uint32_t seen = self.bell.load(std::memory_order_acquire);
    if (turn(index)) continue;
    if (stopping_.load()) return;
    self.bell.wait(seen, std::memory_order_acquire);
  }
}

}  // namespace ringcall
