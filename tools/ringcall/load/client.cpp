#include "client.hpp"

#include "counter.hpp"
#include "cpu.hpp"
#include "doorbell.hpp"
#include "system.hpp"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ringcall::load {
namespace {

constexpr std::uint64_t watch_every_ns = 10'000'000; // looks at the server's life while polling
constexpr std::uint64_t sleep_max_ns = 1'000'000'000;
constexpr std::chrono::microseconds own_spin{50};
constexpr std::uint64_t wake_margin_ns = 100'000; // who must be on time is awake so long before

// On one processor the server cannot answer while this one polls.
spin_budget spin_of(std::uint32_t policy_us) noexcept {
  static const bool alone = std::thread::hardware_concurrency() <= 1;
  const std::chrono::nanoseconds full = policy_us == RINGCALL_SPIN_OWN ? own_spin : std::chrono::microseconds(std::min(policy_us, 1'000'000u));
  return spin_budget(alone ? 0 : cpu::cycles_in(full), cpu::cycles_in(std::chrono::microseconds(2)));
}

// A clock that counts otherwise than this process's could not be told apart from a wrong one.
ringcall_times* times_of(const segment& memory) noexcept { return memory.header().clock_kind == static_cast<std::uint32_t>(cpu::clock_kind()) ? memory.times() : nullptr; }

const char* rule_of(ringcall_violation v) noexcept {
  switch (v) {
    case RINGCALL_VIOLATION_COUNT: return "it published more answers than calls are outstanding";
    case RINGCALL_VIOLATION_WORD: return "an answer inside a run does not carry its position";
    case RINGCALL_VIOLATION_SHAPE: return "an answer has a shape that does not exist";
    case RINGCALL_VIOLATION_ID: return "it answered a call that is not outstanding";
    case RINGCALL_VIOLATION_REGION: return "an answer lies outside of its arena";
    case RINGCALL_VIOLATION_BATCH: return "it answered more of a batch than was asked";
    case RINGCALL_VIOLATION_STATUS: return "an answer has a status that does not exist";
    default: return "unknown";
  }
}

}  // namespace

client::client(attached a)
    : connection_(std::move(a.connection)), process_(std::move(a.process)), memory_(std::move(a.memory)), description_(std::move(a.description)), pid_(a.pid),
      ring_(memory_.ring(), 0), arena_(memory_.request_arena()), spin_(spin_of(RINGCALL_SPIN_OWN)), times_(times_of(memory_)),
      wake_margin_ns_(std::thread::hardware_concurrency() > 1 ? wake_margin_ns : 0), calls_(slots()) {
  for (std::uint32_t id = slots(); id-- > 0;) unused_.push_back(static_cast<std::uint16_t>(id));
  std::atomic_ref(memory_.control().want_answer).store(RINGCALL_WANT_NONE, std::memory_order_relaxed);
  std::atomic_ref(memory_.header().client.state).store(RINGCALL_STATE_OPEN, std::memory_order_release);
}

client::~client() {
  if (!poisoned_) std::atomic_ref(memory_.header().client.state).store(RINGCALL_STATE_CLOSED, std::memory_order_release);
}

bool client::put(const request& r) {
  if (ring_.room() == 0 || ring_.posted.pending() == RINGCALL_RUN_MAX) return false;
  const std::uint16_t id = unused_.back();
  const bool is_sampled = choice_.is_next(sample_every());
  const auto marked = static_cast<std::uint16_t>(is_sampled ? id | RINGCALL_ID_SAMPLED : id);
  call& c = calls_[id];
  c = {.tag = r.tag, .method = r.method, .answer_size = r.answer_size, .is_sampled = is_sampled};
  if (r.batch != 0) {
    if (!put_batch(r, c, marked)) return false;
  } else if (r.bytes.size() > ring_.ring.record_size()) {
    if (!put_region(r, c, marked)) return false;
  } else {
    if (!r.bytes.empty()) std::memcpy(ring_.posted.next(), r.bytes.data(), r.bytes.size());
    ring_.posted.put(r.method, marked, r.deadline, static_cast<std::uint32_t>(r.bytes.size()));
  }
  unused_.pop_back();
  c.used = true;
  choice_.advance();
  if (is_sampled) to_stamp_.push_back(id);
  return true;
}

std::uint32_t client::sample_every() const noexcept {
  return times_ == nullptr ? 0 : recent(memory_.control().sample_every);
}

// Just before the publication, which orders it.
void client::stamp() noexcept {
  const std::uint64_t now = cpu::stamp();
  for (const std::uint16_t id : to_stamp_) set(times_[id].posted, now);
  to_stamp_.clear();
}

bool client::put_region(const request& r, call& c, std::uint16_t id) {
  if (r.bytes.size() > arena_.capacity()) {
    throw std::invalid_argument("a request of " + std::to_string(r.bytes.size()) + " bytes, the server's request arena has " + std::to_string(arena_.capacity()));
  }
  const auto region = arena_.allocate(r.bytes.size());
  if (!region) return bump(memory_.client_counters().arena_waits), false;
  std::memcpy(memory_.base() + region->offset, r.bytes.data(), r.bytes.size());
  c.region = region->number;
  c.has_region = true;
  const ringcall_arena_ref ref{region->offset, static_cast<std::uint32_t>(r.bytes.size()), 0};
  std::memcpy(ring_.posted.next(), &ref, sizeof ref);
  ring_.posted.put(r.method, id, r.deadline, RINGCALL_SHAPE_ARENA);
  bump(memory_.client_counters().arena_calls);
  return true;
}

// Both areas are one region.
bool client::put_batch(const request& r, call& c, std::uint16_t id) {
  constexpr std::uint64_t align = RINGCALL_ARENA_ALIGN;
  const std::uint64_t requests = (r.bytes.size() + align - 1) / align * align;
  const std::uint64_t answers = std::uint64_t{r.batch} * r.answer_size;
  if (requests + answers > arena_.capacity() || r.bytes.size() / r.batch > 0xffff) {
    throw std::invalid_argument("a batch of " + std::to_string(r.batch) + " records needs " + std::to_string(requests + answers) + " bytes, the server's request arena has " +
                                std::to_string(arena_.capacity()));
  }
  const auto region = arena_.allocate(requests + answers);
  if (!region) return bump(memory_.client_counters().arena_waits), false;
  std::memcpy(memory_.base() + region->offset, r.bytes.data(), r.bytes.size());
  c.region = region->number;
  c.has_region = true;
  c.batch = r.batch;
  c.answers_offset = region->offset + static_cast<std::uint32_t>(requests);
  const ringcall_batch_ref ref{region->offset, c.answers_offset, r.batch, static_cast<std::uint16_t>(r.bytes.size() / r.batch), r.answer_size};
  std::memcpy(ring_.posted.next(), &ref, sizeof ref);
  ring_.posted.put(r.method, id, r.deadline, RINGCALL_SHAPE_BATCH);
  bump(memory_.client_counters().batch_records, r.batch);
  return true;
}

void client::publish() {
  if (ring_.posted.pending() == 0) return;
  const std::uint64_t position = ring_.posted.position();
  if (!to_stamp_.empty()) stamp();
  const std::uint32_t count = ring_.posted.publish();
  // PAIR want-request: with the fence in channel::arm.
  doorbell::fence();
  const bool wanted = crosses(position, count, std::atomic_ref(memory_.control().want_request).load(std::memory_order_relaxed));
  if (wanted) doorbell::ring(connection_.get());
  ringcall_client_counters& counters = memory_.client_counters();
  bump(wanted ? counters.bells_rung : counters.bells_saved);
  bump(counters.calls, count);
  bump(counters.runs);
}

std::uint32_t client::look() {
  const std::uint32_t count = ring_.reaped.look();
  if (count > RINGCALL_RUN_MAX || count > ring_.outstanding()) poison(RINGCALL_VIOLATION_COUNT);
  return count;
}

answer client::take(std::uint32_t i) {
  ringcall::record r;
  if (const ringcall_violation v = ring_.reaped.copy(i, r); v != RINGCALL_VIOLATION_NONE) poison(v);
  const auto id = static_cast<std::uint16_t>(r.id & ~RINGCALL_ID_SAMPLED);
  if (id >= calls_.size() || !calls_[id].used || calls_[id].is_sampled != (id != r.id)) poison(RINGCALL_VIOLATION_ID);
  call& c = calls_[id];
  if (r.code > RINGCALL_BATCH_FAILED || (r.code == RINGCALL_BATCH_FAILED && c.batch == 0)) poison(RINGCALL_VIOLATION_STATUS);
  answer a{c.tag, c.method, r.code, r.detail, {}};
  if (r.shape == RINGCALL_SHAPE_ARENA) {
    take_region(r);
    a.bytes = payload_;
  } else if (r.shape < RINGCALL_SHAPE_FRAMES) {
    std::memcpy(record_, r.bytes, r.shape);
    a.bytes = {record_, r.shape};
  } else {
    poison(RINGCALL_VIOLATION_SHAPE);
  }
  if (c.batch != 0 && r.code == RINGCALL_OK) take_batch(r, c, a);
  if (c.has_region) arena_.release(c.region);
  if (c.is_sampled) set(times_[id].observed, cpu::stamp());
  c.used = false;
  unused_.push_back(id);
  return a;
}

void client::take_region(const ringcall::record& r) {
  ringcall_arena_ref ref;
  std::memcpy(&ref, r.bytes, sizeof ref);
  const arena_bounds arena = memory_.answer_arena();
  const bool header_inside = ref.offset >= sizeof(ringcall_region) && arena.contains(ref.offset - sizeof(ringcall_region), sizeof(ringcall_region));
  if (ref.offset % RINGCALL_ARENA_ALIGN != 0 || !header_inside || !arena.contains(ref.offset, ref.size)) poison(RINGCALL_VIOLATION_REGION);
  payload_.assign(memory_.base() + ref.offset, memory_.base() + ref.offset + ref.size);
  auto& region = *reinterpret_cast<ringcall_region*>(memory_.base() + ref.offset - sizeof(ringcall_region));
  // PAIR region-acked: with the acquire in answer_arena::reclaim.
  std::atomic_ref(region.ack).store(ref.ticket, std::memory_order_release);
  acked_ = true;
}

void client::take_batch(const ringcall::record& r, const call& c, answer& a) {
  std::uint32_t done = 0;
  std::memcpy(&done, r.bytes, sizeof done);
  if (r.shape != sizeof done || done > c.batch) poison(RINGCALL_VIOLATION_BATCH);
  const std::byte* answers = memory_.base() + c.answers_offset;
  payload_.assign(answers, answers + std::size_t{done} * c.answer_size);
  a.bytes = payload_;
  a.batch = done;
}

void client::end_reap(std::uint32_t count) {
  ring_.reaped.advance(count);
  ringcall_client_counters& counters = memory_.client_counters();
  bump(counters.answers, count);
  bump(counters.answer_runs);
  if (!acked_) return;
  acked_ = false;
  // PAIR ack-wanted: with the fence in channel::send_waiting.
  doorbell::fence();
  if (std::atomic_ref(memory_.control().want_ack).load(std::memory_order_relaxed) != 0) doorbell::ring(connection_.get());
}

bool client::wait(std::uint64_t limit_ns) {
  for (;;) {
    if (look() != 0) return true;
    if (gone_) throw_gone();
    const std::uint32_t policy = recent(memory_.control().client_spin);
    if (policy != spin_policy_) spin_ = spin_of(spin_policy_ = policy);
    const std::uint64_t budget = spin_.current();
    const std::uint64_t begin = cpu::cycles();
    for (std::uint32_t round = 1; cpu::cycles() - begin < budget; ++round) {
      if (look() != 0) {
        bump(memory_.client_counters().spins);
        spin_.met();
        return true;
      }
      cpu::pause();
      if (round % 64 == 0 && monotonic_ns() >= limit_ns) break;
    }
    const std::uint64_t now = monotonic_ns();
    if (now - watched_ns_ > watch_every_ns) watch_server();
    if (now >= limit_ns) return look() != 0;
    spin_.missed();
    if (limit_ns - now < wake_margin_ns_) continue; // a sleep would end too late
    if (sleep(limit_ns - wake_margin_ns_)) return true;
  }
}

// Until the bell rings, the limit, or the server's end. Says whether an answer is there.
bool client::sleep(std::uint64_t limit_ns) {
  doorbell::drain(connection_.get());
  std::atomic_ref want(memory_.control().want_answer);
  want.store(ring_.reaped.position(), std::memory_order_relaxed);
  // PAIR want-answer: with the fence in channel::flush.
  doorbell::fence();
  if (look() != 0) return want.store(RINGCALL_WANT_NONE, std::memory_order_relaxed), true;
  bump(memory_.client_counters().sleeps);
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t left = std::min(limit_ns > now ? limit_ns - now : 0, sleep_max_ns);
  const timespec patience{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
  pollfd fds[2] = {{connection_.get(), POLLIN, 0}, {process_.get(), POLLIN, 0}};
  const int found = ppoll(fds, 2, &patience, nullptr);
  if (found == 0 && left == sleep_max_ns && look() != 0) bump(memory_.client_counters().recovered_wakes);
  if (found > 0) watch_server();
  return look() != 0;
}

void client::watch_server() {
  watched_ns_ = monotonic_ns();
  pollfd ended{process_.get(), POLLIN, 0};
  const bool over = doorbell::drain(connection_.get()) == doorbell::bell::gone || poll(&ended, 1, 0) == 1;
  if (!over || gone_) return;
  // First its life's state, then the answers that are there, then taken: so what may have run is known (ABI.md, "Outcomes").
  state_ = std::atomic_ref(memory_.header().server.state).load(std::memory_order_acquire);
  gone_ = true;
}

void client::throw_gone() {
  const std::uint64_t taken = std::atomic_ref(memory_.control().taken).load(std::memory_order_acquire);
  const std::uint64_t posted = ring_.posted.position();
  const std::uint32_t in_flight = ring_.outstanding();
  // Positions are taken in order, answers come in any: of what was taken, so many were answered.
  const std::uint64_t untaken = std::min<std::uint64_t>(posted - std::min(taken, posted), in_flight);
  std::string text = "the server died";
  if (state_ == RINGCALL_STATE_CLOSED) text = "the server left on purpose";
  if (state_ == RINGCALL_STATE_POISONED) {
    const auto reason = static_cast<ringcall_violation>(std::atomic_ref(memory_.header().server.reason).load(std::memory_order_relaxed));
    text = "the server ended the channel because a rule was broken on it (reason " + std::to_string(reason) + "): a fault of this tool";
  }
  if (in_flight != 0) text += "; of " + std::to_string(in_flight) + " calls in flight " + std::to_string(in_flight - untaken) + " may have run, " + std::to_string(untaken) + " never started";
  throw server_gone(text);
}

void client::poison(ringcall_violation violation) {
  poisoned_ = true;
  std::atomic_ref(memory_.header().client.reason).store(violation, std::memory_order_relaxed);
  std::atomic_ref(memory_.header().client.state).store(RINGCALL_STATE_POISONED, std::memory_order_release);
  throw broken_rule(std::string("the server broke a rule of the ABI: ") + rule_of(violation));
}

std::uint32_t client::deadline(std::uint64_t at_ns) const noexcept { return std::max(memory_.ticks(at_ns), 1u); }

}  // namespace ringcall::load
