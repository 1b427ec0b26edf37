#pragma once
// The client of the model: it posts runs and reaps answers, by the real code of ring.hpp, and judges by the rules of go/close.go.

#include "ring_setting.hpp"

#include <cstring>
#include <new>

namespace ringcall::model {

// Ring is as_written or one of the mutants that make_mutants makes. Operations 0 to run_max - 1 post a run of so many plus one; then come the others.
template <class Ring>
class client_side {
 public:
  client_side(const setting& s, std::byte* base) : set_(s), base_(base) {}

  script make() const {
    static_assert(sizeof(own) <= own_max);
    return {sizeof(own),
            [*this](std::byte* at) { new (at) own{typename Ring::producer({base_, set_.slots, RINGCALL_STRIDE_SMALL}, set_.start), 0, 0, 0}; },
            [*this](const std::byte* at, const facts& f) { return choices(*reinterpret_cast<const own*>(at), f); },
            [*this](std::byte* at, unsigned operation, tape& t, facts& f) { run(*reinterpret_cast<own*>(at), operation, t, f); },
            [*this](const std::byte* at) { return reinterpret_cast<const own*>(at)->over != 0 || reinterpret_cast<const own*>(at)->reaped == set_.requests; },
            [*this](unsigned operation) { return name(operation); }};
  }

 private:
  struct own {
    typename Ring::producer ring;
    std::uint64_t outstanding; // bit by request
    std::uint64_t reaped;
    std::uint64_t over;
  };

  unsigned reaps() const { return set_.run_max; }
  unsigned is_told() const { return set_.run_max + 1; } // of the server's death by the kernel: what the server did is seen
  unsigned guesses() const { return set_.run_max + 2; } // the death, with no more to go by than what it has seen

  std::string name(unsigned operation) const {
    if (operation < set_.run_max) return "posts " + std::to_string(operation + 1);
    return operation == reaps() ? "reaps" : operation == is_told() ? "is told of the death" : "guesses the death";
  }

  std::uint64_t posted(const own& c) const { return c.ring.posted.position() - set_.start; }

  std::uint32_t choices(const own& c, const facts& f) const {
    std::uint32_t may = 0;
    for (std::uint32_t n = 1; n <= set_.run_max; ++n) {
      if (c.ring.room() >= n && posted(c) + n <= set_.requests) may |= 1u << (n - 1);
    }
    if (c.outstanding != 0) may |= 1u << reaps();
    if (f.peer_dead) may |= 1u << guesses();
    if (f.peer_dead || set_.mistake == slip::judged_alive) may |= 1u << is_told();
    return may;
  }

  void run(own& c, unsigned operation, tape& t, facts& f) const {
    if (operation < set_.run_max) {
      post(c, operation + 1, t, f);
    } else if (operation == reaps()) {
      reap(c, t);
    } else {
      bury(c, operation == is_told(), t, f);
    }
  }

  void post(own& c, std::uint32_t count, tape& t, facts& f) const {
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint64_t n = posted(c) + i;
      write(c, n);
      c.ring.posted.put(method, static_cast<std::uint16_t>(n + 1), 0, sizeof(payload));
      c.outstanding |= 1ull << n;
    }
    c.ring.posted.publish();
    if (!t.dry) f.posted = posted(c);
  }

  static void write(own& c, std::uint64_t n) {
    const payload bytes = request_of(n);
    shared_memcpy(c.ring.posted.next(), &bytes, sizeof bytes);
  }

  // False: nothing is there.
  bool reap(own& c, tape& t) const {
    const std::uint32_t count = c.ring.reaped.look();
    if (count == 0) return false;
    if (count > c.ring.outstanding()) return t.fail("a run of answers is longer than what is outstanding"), false;
    if (set_.mistake == slip::room_before_copy && posted(c) < set_.requests) write(c, posted(c));
    for (std::uint32_t i = 0; i < count; ++i) {
      typename Ring::record r;
      const ringcall_violation v = c.ring.reaped.copy(i, r);
      if (t.dry) return false;
      if (v != RINGCALL_VIOLATION_NONE) return t.fail("an honest server's answer is a violation"), false;
      const std::uint64_t n = r.id - 1u;
      if (n >= set_.requests || !has(c.outstanding, n)) return t.fail("an answer to a call that is not outstanding"), false;
      payload got;
      std::memcpy(&got, r.bytes, sizeof got);
      t.expect(got == answer_of(request_of(n)), "an answer is torn, or another call's");
      t.expect(r.code == RINGCALL_OK && r.detail == 0 && r.shape == sizeof(payload), "an answer's header is torn");
      c.outstanding &= ~(1ull << n);
      ++c.reaped;
    }
    c.ring.reaped.advance(count);
    return true;
  }

  std::uint64_t load_taken(tape& t) const { return t.load(set_.taken_word(), order::ordered); }

  // After the server's death: drain, load taken, judge.
  void bury(own& c, bool told, tape& t, facts& f) const {
    f.sees_all = told;
    const std::uint64_t effects = told ? 0 : t.load(set_.effects_word(), order::ordered);
    std::uint64_t taken = 0;
    if (set_.mistake == slip::taken_before_drain) taken = load_taken(t);
    while (set_.mistake != slip::no_drain && reap(c, t)) {
    }
    if (set_.mistake != slip::taken_before_drain) taken = load_taken(t);
    if (t.dry) return;
    const bool is_newer_known = t.live->oldest(0, set_.taken_word()) != taken;
    if (set_.mistake == slip::verdict_one_off) --taken;
    for (std::uint64_t n = 0; n < posted(c); ++n) {
      const bool never_started = static_cast<std::uint32_t>(set_.start + n) - static_cast<std::uint32_t>(taken) < set_.slots;
      if (!has(c.outstanding, n) || !never_started) continue;
      f.denied |= 1ull << n;
      t.expect(!told || !has(f.ran, n), "a call that ran is called never started");
      t.expect(!has(effects, n), "a call whose effect was seen is called never started");
      t.expect(!is_newer_known, "a call is called never started by a taken older than what was seen of the server");
    }
    t.expect(!told || c.reaped == f.answered, "a published answer is not delivered");
    c.over = 1;
  }

  setting set_;
  std::byte* base_;
};

}  // namespace ringcall::model
