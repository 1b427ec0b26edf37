#include "loop.hpp"

#include "cpu.hpp"
#include "doorbell.hpp"
#include "system.hpp"

#include <spdlog/spdlog.h>

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ringcall {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds spin_floor = microseconds(2);      // polling this long costs less than the sleep it may save
constexpr nanoseconds bells_every = microseconds(50);    // a busy loop looks at the bells this often
constexpr nanoseconds time_jump = microseconds(300);     // a gap in polling that only a preemption explains
constexpr nanoseconds publish_after = microseconds(5);   // answers wait no longer for the rest of their run
constexpr nanoseconds slow_after = microseconds(2);      // nothing waits for a handler that takes longer
constexpr int polls_alone = 8;                           // of the only active channel, between two looks at the clock
constexpr int yields = 2;                                // before a sleep: lets a client on the same core post
constexpr int safety_net_ms = 1000;                      // the bounded sleep
constexpr nanoseconds tick_every = microseconds(10'000); // looks at the answers that sampled calls wait for
constexpr std::uint64_t drain_limit_ns = 1'000'000'000; // for answers that wait for a client's ack

}  // namespace

loop::loop(const registry& registered, std::size_t workers, nanoseconds spin, std::shared_ptr<spdlog::logger> log, stats_file& stats, dead_segments& dead, std::uint32_t number)
    : registered_(registered), stats_file_(stats), dead_(dead), number_(number), epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1 for a loop")),
      wake_fd_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd for a loop")), workers_(workers, wake_fd_.get()),
      tools_{registered.methods, workers_, stats.loop(number), cpu::cycles_in(publish_after), cpu::cycles_in(slow_after), std::vector<std::uint8_t>(65536)}, log_(std::move(log)),
      closed_lines_(log_, spdlog::level::info, "channels closed"), poisoned_lines_(log_, spdlog::level::warn, "channels poisoned"),
      failed_lines_(log_, spdlog::level::err, "channels' errors"), spin_full_(cpu::cycles_in(spin)), spin_floor_(cpu::cycles_in(spin_floor)),
      bells_every_(cpu::cycles_in(bells_every)), jump_(cpu::cycles_in(time_jump)), tick_every_(cpu::cycles_in(tick_every)) {
  policy_.server_spin_ns = wanted_policy_.server_spin_ns = static_cast<std::uint64_t>(spin.count());
  epoll_event event{EPOLLIN, {nullptr}};
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_fd_.get(), &event), "epoll_ctl for a loop");
}

loop::~loop() {
  drain();
  join();
}

void loop::join() {
  if (thread_.joinable()) thread_.join();
}

void loop::start() {
  thread_ = start_thread("a loop", [this] { run(); });
}

void loop::adopt(segment&& memory, unique_fd&& connection, const client_info& client) {
  {
    std::lock_guard lock(mutex_);
    arrivals_.reserve(arrivals_.size() + 1);
    arrivals_.push_back({std::move(memory), std::move(connection), client});
  }
  channels_count_.fetch_add(1, std::memory_order_relaxed); // relaxed: a hint for balancing
  attention_.store(true);
  wake();
}

void loop::drain() noexcept {
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
  }
  attention_.store(true);
  wake();
}

void loop::set_capture(std::shared_ptr<capture_file> c) noexcept {
  {
    std::lock_guard lock(mutex_);
    next_capture_ = std::move(c);
  }
  attention_.store(true);
  wake();
}

void loop::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(wake_fd_.get(), &one, sizeof one); // a full eventfd wakes as well
}

void loop::run() {
  tools_.now = cpu::stamp();
  for (;;) {
    if (attention_.load(std::memory_order_acquire) && !take_arrivals()) break;
    if (active_.empty()) {
      sleep();
      continue;
    }
    const bool served = active_.size() == 1 ? poll_alone(*active_.front()) : turn();
    idle_turns_ = served ? 0 : idle_turns_ + 1;
    finish_worker_calls();
    read_clock();
  }
  close_all();
}

// Serves each active channel once. False: none had anything.
bool loop::turn() {
  bool served = false;
  at_once_ = false;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    channel& c = *active_[i];
    if (serve(c)) {
      served = true;
    } else if (c.broken()) [[unlikely]] {
      remove(c, c.poisoned() ? c.violation() : "out of memory");
      --i;
    }
  }
  if (!served) cpu::pause();
  return served;
}

// The same for the only active channel, some times over: nothing else lies between two looks at its ring.
bool loop::poll_alone(channel& c) {
  bool served = false;
  for (int i = 0; i < polls_alone; ++i) {
    if (serve(c)) {
      served = true;
      // Where requests come without a pause, none is made here either.
      if (std::exchange(at_once_, true)) continue;
      // A look right behind the answer takes its line away from the client that is about to read it.
      cpu::pause();
    } else if (c.broken()) [[unlikely]] {
      remove(c, c.poisoned() ? c.violation() : "out of memory");
      break;
    } else {
      at_once_ = false;
    }
    cpu::pause();
  }
  return served;
}

// Running out of memory ends the channel that needed it and no other.
template <class F>
bool loop::guarded(channel& c, F work) noexcept {
  try {
    return work();
  } catch (const std::exception& e) {
    if (failed_lines_.admits(now_ns())) log_->error("channel {}: {}", c.id(), e.what());
    c.fail();
    return false;
  }
}

bool loop::serve(channel& c) {
  if (!guarded(c, [&] { return c.serve(); })) return false;
  if (!c.poll.woken && !c.poll.fresh) c.poll.budget.met();
  c.poll.woken = false;
  c.poll.fresh = true;
  return true;
}

void loop::read_clock() {
  const std::uint64_t now = cpu::cycles();
  const bool jumped = now_ != 0 && now - now_ > jump_ && idle_turns_ > 1;
  note_time(now);
  now_ = now;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    channel& c = *active_[i];
    if (jumped) c.poll.budget.contended();
    if (c.poll.fresh) {
      c.poll.fresh = false;
      c.poll.idle_since = now;
    } else if (now - c.poll.idle_since >= c.poll.budget.current() && park(c)) {
      --i;
    }
  }
  if (channels_.size() > active_.size() && now - bells_looked_at_ > bells_every_) {
    bells_looked_at_ = now;
    look_at_bells(0);
  }
}

// Takes an active channel off the polling list, its bell armed. False: it has something to do.
bool loop::park(channel& c) {
  if (active_.size() == 1) {
    for (int i = 0; i < yields && !c.broken(); ++i) {
      sched_yield();
      if (!guarded(c, [&] { return c.serve(); })) continue;
      c.poll.budget.yielded(); // the client may have had this very core meanwhile
      c.poll.fresh = true;
      return false;
    }
  }
  if (c.broken()) return false; // the next turn ends it
  c.settle_suspicion();
  c.poll.budget.missed();
  if (!c.arm()) {
    c.poll.fresh = true;
    return false;
  }
  c.poll.active = false;
  std::erase(active_, &c);
  c.tell(now_ns());
  return true;
}

void loop::activate(channel& c) {
  if (c.poll.active) return;
  c.poll.active = true;
  c.poll.woken = true;
  c.poll.fresh = true;
  active_.push_back(&c);
  c.show_polled();
}

void loop::sleep() {
  if (policy_is_due_) apply_policy();
  if (!workers_.prepare_sleep()) return finish_worker_calls();
  ringcall_loop_stats& s = tools_.stats.stats;
  bump(s.sleeps);
  set(s.beat, now_ns());
  set(s.asleep, 1);
  look_at_bells(safety_net_ms);
  workers_.end_sleep();
  idle_turns_ = 0;
}

void loop::look_at_bells(int timeout_ms) {
  std::array<epoll_event, 64> events;
  const int n = epoll_wait(epoll_.get(), events.data(), events.size(), timeout_ms);
  if (timeout_ms != 0) note_awake();
  if (n == 0 && timeout_ms != 0) { // the safety net: nobody rang
    for (auto& c : channels_) {
      c->suspect_lost_wake();
      activate(*c);
    }
  }
  for (int i = 0; i < n; ++i) {
    auto* c = static_cast<channel*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (c == nullptr) {
      std::uint64_t count;
      [[maybe_unused]] ssize_t got = read(wake_fd_.get(), &count, sizeof count); // only to make it quiet
    } else if (c->answer_bell()) {
      if (!c->poll.active) {
        c->note_rung();
        c->poll.budget.woken(cpu::cycles() - c->poll.idle_since);
      }
      activate(*c);
    } else {
      remove(*c, "the client has gone");
    }
  }
  finish_worker_calls();
}

bool loop::take_arrivals() {
  std::vector<arrival> arrivals;
  bool draining;
  {
    std::lock_guard lock(mutex_);
    arrivals.swap(arrivals_);
    draining = draining_;
    capture_ = next_capture_;
    tools_.capture = capture_ ? &capture_->ring(number_) : nullptr;
    policy_is_due_ = wanted_policy_ != policy_; // applied by the next tick, or before sleep: no more often, however often it changes
    attention_.store(false);
  }
  for (arrival& a : arrivals) {
    try {
      take(a);
    } catch (const std::exception& e) {
      if (a.connection) a.memory.say_closed();
      a.connection.reset();
      if (failed_lines_.admits(now_ns())) log_->error("channel {}: no memory to serve it: {}; closed", a.client.id, e.what());
      ended(a.client);
    }
  }
  return !draining;
}

void loop::take(arrival& a) {
  // Room for its whole life, in which nothing can be refused any more.
  for (auto* list : {&channels_, &leaving_}) list->reserve(channels_.size() + leaving_.size() + 1);
  active_.reserve(channels_.size() + 1);
  auto c = std::make_unique<channel>(std::move(a.memory), std::move(a.connection), a.client, tools_, spin_budget(spin_full_, spin_floor_));
  epoll_event event{EPOLLIN | EPOLLRDHUP, {c.get()}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, c->descriptor(), &event) == -1) {
    const int error = errno;
    c->close();
    if (failed_lines_.admits(now_ns())) log_->error("channel {}: epoll_ctl: {}; closed", c->id(), std::strerror(error));
    bump(tools_.stats.stats.attached);
    return forget(std::move(c));
  }
  bump(tools_.stats.stats.attached);
  c->set_policy(policy_.sample_every, policy_.client_spin_us);
  activate(*c);
  c->show_in(stats_file_.claim(), number_, now_ns());
  channels_.push_back(std::move(c));
}

void loop::finish_worker_calls() {
  const bool any = workers_.complete([this](worker_call* call) noexcept {
    channel& owner = *call->owner;
    guarded(owner, [&] {
      owner.complete(*call);
      owner.flush();
      return !owner.gone() && owner.serve_waiting(); // asks for the ack that the answer may wait for
    });
    if (!owner.poll.active && !owner.gone()) owner.tell(now_ns());
    if (owner.broken() && !owner.gone()) activate(owner); // whose next turn ends it
  });
  if (!any) return;
  const auto done = std::partition(leaving_.begin(), leaving_.end(), [](auto& c) { return c->worker_calls() != 0; });
  for (auto at = done; at != leaving_.end(); ++at) forget(std::move(*at));
  leaving_.erase(done, leaving_.end());
}

void loop::remove(channel& c, const char* why) {
  if (c.poisoned()) {
    bump(tools_.stats.stats.poisoned);
    if (poisoned_lines_.admits(now_ns())) log_->warn("channel {}: poisoned: {}; closed", c.id(), why);
  } else {
    if (closed_lines_.admits(now_ns())) log_->info("channel {}: {}; closed", c.id(), why);
  }
  std::erase(active_, &c);
  // Closing alone would not do: another descriptor of the connection (acceptor::serve_parent) keeps it in the epoll set.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, c.descriptor(), nullptr);
  c.close();
  const auto at = std::find_if(channels_.begin(), channels_.end(), [&](auto& p) { return p.get() == &c; });
  std::unique_ptr<channel> gone = std::move(*at);
  channels_.erase(at);
  if (c.worker_calls() == 0) return forget(std::move(gone));
  gone->poll.active = false;
  gone->tell(now_ns());
  leaving_.push_back(std::move(gone)); // still takes memory, so it still counts
}

// Ends a closed channel whose last handler has returned.
void loop::forget(std::unique_ptr<channel> c) noexcept {
  const client_info client = c->client();
  bump(tools_.stats.stats.left);
  segment memory = c->take_memory();
  c.reset();
  dead_.put(std::move(memory));
  ended(client);
}

void loop::ended(const client_info& client) noexcept {
  channels_count_.fetch_sub(1, std::memory_order_relaxed); // relaxed: a hint for balancing
  for (const auto& tell : registered_.on_gone) {
    try {
      tell(client);
    } catch (const std::exception& e) {
      if (failed_lines_.admits(now_ns())) log_->error("channel {}: on_gone: {}", client.id, e.what());
    } catch (...) {
      if (failed_lines_.admits(now_ns())) log_->error("channel {}: on_gone threw something that is no std::exception", client.id);
    }
  }
}

// Answers what has been posted by now, waits for the workers and, a while, for room; then closes.
void loop::close_all() {
  // A client has posted no more by now than its ring holds; in turns, so that nobody waits for a busy neighbour.
  for (auto& c : channels_) c->poll.until = c->taken() + c->slots_count();
  for (bool more = true; more;) {
    more = false;
    for (auto& c : channels_) more |= c->taken() < c->poll.until && guarded(*c, [&] { return c->serve(); });
  }
  const std::uint64_t begin = monotonic_ns();
  auto unfinished = [&](const std::unique_ptr<channel>& c) { return c->worker_calls() != 0 || (!c->idle() && !c->broken() && monotonic_ns() - begin < drain_limit_ns); };
  while (std::any_of(channels_.begin(), channels_.end(), unfinished) || !leaving_.empty()) {
    finish_worker_calls();
    for (auto& c : channels_) guarded(*c, [&] { return c->serve_waiting(); });
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  if (!channels_.empty()) log_->info("closing {} channels", channels_.size());
  active_.clear();
  for (auto& c : channels_) {
    c->close();
    forget(std::move(c));
  }
  channels_.clear();
}

}  // namespace ringcall
