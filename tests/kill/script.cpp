#include "script.hpp"

#include "cpu.hpp"
#include "doorbell.hpp"

#include <poll.h>

#include <algorithm>

namespace ringcall::kill {
namespace {

constexpr int looks_before_sleep = 20;
constexpr int hung_after_ms = 10'000;

std::uint64_t now(std::uint64_t& word) noexcept { return std::atomic_ref(word).load(std::memory_order_relaxed); }

}  // namespace

outcomes script::run() {
  try {
    make_calls();
  } catch (const std::exception& e) {
    // An attach that the server did not live to answer is no trouble.
    if (client_) result_.trouble = e.what();
    result_.over_ns = monotonic_ns();
  }
  client_.reset();
  return result_;
}

void script::make_calls() {
  const std::array<std::function<void()>, over> phases{
      [this] {
        client_.emplace(path_);
        result_.attached = true;
      },
      [this] { put_one(twice, call_one), client_->publish(); },
      [this] {
        for (std::uint32_t i = 0; i < run_size; ++i) put_one(twice, call_run + i);
        client_->publish();
      },
      [this] { put_echo(call_arena), client_->publish(); },
      [this] { put_batch(call_batch, batch_size), client_->publish(); },
      [this] { put_one(twice_worker, call_worker), client_->publish(); },
      [this] {
        put_one(twice, call_pair), put_one(twice, call_pair + 1), client_->publish();
        put_one(twice, call_last), client_->publish();
      },
      [this] { client_.reset(); },
  };
  for (int p = attach; p < over && !lost_ && !hung_; ++p) {
    before_(p);
    phases[static_cast<std::size_t>(p)]();
    await();
  }
  if (!lost_ && !hung_) before_(over);
}

void script::note(std::uint16_t method, std::uint32_t call, std::uint32_t count) {
  const run_writer& posted = client_->ring.posted;
  pending_.push_back({posted.position() + posted.pending(), client_->next_id, call, count, method});
}

void script::put_one(std::uint16_t method, std::uint32_t call) {
  note(method, call, 0);
  client_->put_value(method, make_request(call));
}

void script::put_echo(std::uint32_t call) {
  const auto bytes = make_echo(call);
  std::ranges::copy(bytes, client_->arena());
  note(echo, call, 0);
  client_->put_ref(echo, ringcall_arena_ref{client_->memory.request_arena().offset, static_cast<std::uint32_t>(bytes.size()), 0});
}

void script::put_batch(std::uint32_t call, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const request r = make_request(call + i);
    std::memcpy(client_->arena() + 512 + i * sizeof r, &r, sizeof r);
  }
  const std::uint32_t at = client_->memory.request_arena().offset;
  note(twice, call, count);
  client_->put_ref(twice, ringcall_batch_ref{at + 512, at + 768, count, sizeof(request), sizeof(reply)});
}

void script::await() {
  for (int looks = 0; !pending_.empty() && !lost_ && !hung_;) {
    if (deliver()) continue;
    if (++looks < looks_before_sleep) cpu::pause();
    else sleep();
  }
  if (lost_ || hung_) tell_fates();
}

bool script::deliver() {
  const std::vector<test::reply> replies = client_->reap();
  for (const test::reply& r : replies) {
    const auto at = std::ranges::find(pending_, r.id, &pending::id);
    if (at == pending_.end()) throw std::runtime_error("an answer to a call that is not outstanding: it ended twice");
    set(*at, right(*at, r) ? outcome::answered : outcome::wrong);
    pending_.erase(at);
    ++result_.delivered;
  }
  return !replies.empty();
}

void script::sleep() {
  ringcall_ring_control& control = client_->memory.control();
  std::atomic_ref(control.want_answer).store(client_->ring.reaped.position(), std::memory_order_relaxed);
  // PAIR want-answer: with the fence in channel::flush.
  doorbell::fence();
  if (client_->ring.reaped.look() != 0) return;
  pollfd p{client_->connection.get(), POLLIN, 0};
  if (poll(&p, 1, hung_after_ms) == 0) hung_ = true;
  else lost_ = doorbell::drain(client_->connection.get()) == doorbell::bell::gone;
}

// The server has ended: what it published counts, then what it had taken tells the others apart.
void script::tell_fates() {
  while (deliver()) {
  }
  // PAIR taken: with the store in channel::serve.
  result_.taken = std::atomic_ref(client_->memory.control().taken).load(std::memory_order_acquire);
  for (const pending& p : pending_) set(p, hung_ ? outcome::hung : p.position < result_.taken ? outcome::may_have_run : outcome::never_started);
  result_.over_ns = monotonic_ns();
  result_.posted = client_->ring.posted.position();
  result_.counted_calls = now(client_->memory.server_counters().calls);
  result_.counted_answers = now(client_->memory.server_counters().answers);
}

bool script::right(const pending& p, const test::reply& r) const {
  if (r.status != RINGCALL_OK) return false;
  if (p.method == echo) return std::ranges::equal(r.bytes, make_echo(p.call));
  if (p.count == 0) return r.as<reply>().value == answer_to(p.call);
  bool all = r.as<std::uint32_t>() == p.count;
  for (std::uint32_t i = 0; i < p.count; ++i) {
    reply one;
    std::memcpy(&one, client_->arena() + 768 + i * sizeof one, sizeof one);
    all = all && one.value == answer_to(p.call + i);
  }
  return all;
}

void script::set(const pending& p, outcome o) {
  for (std::uint32_t i = 0; i < std::max(p.count, 1u); ++i) result_.of[p.call + i] = o;
}

}  // namespace ringcall::kill
