#pragma once
// The server of the model: it takes runs and answers in any order, by the real code of ring.hpp and run_cursor.hpp, in the order of src/channel.cpp.

#include "ring_setting.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace ringcall::model {

template <class Ring>
class server_side {
 public:
  server_side(const setting& s, std::byte* base) : set_(s), base_(base) {}

  script make() const {
    static_assert(sizeof(own) <= own_max);
    return {sizeof(own),
            [*this](std::byte* at) { new (at) own{typename Ring::consumer({base_, set_.slots, RINGCALL_STRIDE_SMALL}, set_.start), 0, 0, 0, 0, {}, {}}; },
            [*this](const std::byte* at, const facts& f) { return choices(*reinterpret_cast<const own*>(at), f); },
            [*this](std::byte* at, unsigned operation, tape& t, facts& f) { run(*reinterpret_cast<own*>(at), operation, t, f); },
            [*this](const std::byte* at) { return reinterpret_cast<const own*>(at)->over != 0 || answered(*reinterpret_cast<const own*>(at)) == set_.requests; },
            [](unsigned operation) { return std::string(names[std::min<unsigned>(operation, answers)]); }};
  }

 private:
  enum operation : unsigned { takes_for_workers, takes_and_answers, serves_in_place, publishes, sees_the_end, answers };
  static constexpr const char* names[] = {"takes for the workers", "takes and answers", "serves in place", "publishes", "sees the client's end", "answers"};
  static constexpr std::size_t slots_max = 4;

  struct own {
    typename Ring::consumer ring;
    std::uint64_t copied; // requests
    std::uint64_t ran;    // bit by request
    std::uint64_t over;
    std::uint64_t pending_count;
    std::uint64_t pending[slots_max]; // numbers of requests with the workers
    payload copies[slots_max];
  };

  std::uint64_t answered(const own& s) const { return s.ring.answered.position() - set_.start; }

  std::uint32_t choices(const own& s, const facts& f) const {
    std::uint32_t may = 0;
    if (s.ring.answered.pending() != 0) {
      may |= 1u << publishes;
    } else if (s.copied < set_.requests) {
      may |= set_.for_workers << takes_for_workers | set_.inline_too << takes_and_answers | set_.in_place << serves_in_place;
    }
    if (f.peer_dead) may |= 1u << sees_the_end;
    for (std::uint64_t i = 0; i < s.pending_count; ++i) may |= 1u << (answers + i);
    return may;
  }

  void run(own& s, unsigned operation, tape& t, facts& f) const {
    switch (operation) {
      case takes_for_workers:
      case takes_and_answers:
      case serves_in_place: return take(s, operation, t, f);
      case publishes: return publish(s, t, f);
      case sees_the_end: s.over = 1; return;
      default: return answer_pending(s, operation - answers, t, f);
    }
  }

  void take(own& s, unsigned how, tape& t, facts& f) const {
    const std::uint32_t count = s.ring.taken.look();
    if (count == 0) return;
    if (count > s.ring.limit()) return t.fail("a run of requests is longer than what may be outstanding");
    if (set_.mistake != slip::taken_late) store_taken(s, count, t);
    if (how == serves_in_place) {
      serve(s, count, t, f);
    } else {
      for (std::uint32_t i = 0; i < count && !t.dry; ++i) take_one(s, i, how, t, f);
    }
    if (t.dry) return;
    if (set_.mistake == slip::taken_late) store_taken(s, count, t);
    s.ring.taken.advance(count);
    if (how != takes_for_workers) publish(s, t, f);
  }

  // As in channel::serve (PAIR taken).
  void store_taken(own& s, std::uint32_t count, tape& t) const {
    if (set_.mortal != 1) return;
    t.store(set_.taken_word(), s.ring.taken.position() + count, order::relaxed);
    if (set_.mistake != slip::taken_unfenced) t.release_fence();
  }

  void serve(own& s, std::uint32_t count, tape& t, facts& f) const {
    typename Ring::run_cursor cursor{s.ring, 0, count, method, 0};
    auto handler = [&](const payload& request) {
      check(s, request, t, f);
      handle(s, s.copied++, t, f);
      return answer_of(request);
    };
    cursor.template serve<payload, payload>(handler);
    t.expect(cursor.violation == RINGCALL_VIOLATION_NONE, "an honest client's request is a violation");
    t.expect(cursor.next == count, "a request's header is torn");
  }

  void take_one(own& s, std::uint32_t i, unsigned how, tape& t, facts& f) const {
    if (set_.mistake == slip::answer_before_copy && how == takes_and_answers) write(s, request_of(s.copied));
    typename Ring::record r;
    const ringcall_violation v = s.ring.taken.copy(i, r);
    if (t.dry) return;
    if (v != RINGCALL_VIOLATION_NONE) return t.fail("an honest client's request is a violation");
    payload request;
    std::memcpy(&request, r.bytes, sizeof request);
    check(s, request, t, f);
    t.expect(r.id == s.copied + 1 && r.code == method && r.detail == 0 && r.shape == sizeof request, "a request's header is torn");
    if (how == takes_for_workers) {
      if (s.pending_count == slots_max) return t.fail("more requests than slots");
      s.pending[s.pending_count] = s.copied++;
      s.copies[s.pending_count++] = request;
    } else {
      handle(s, s.copied, t, f);
      answer(s, s.copied++, request);
    }
  }

  void answer_pending(own& s, std::uint64_t i, tape& t, facts& f) const {
    handle(s, s.pending[i], t, f);
    answer(s, s.pending[i], s.copies[i]);
    --s.pending_count;
    s.pending[i] = s.pending[s.pending_count]; // their order does not matter
    s.copies[i] = s.copies[s.pending_count];
    s.pending[s.pending_count] = 0;
    s.copies[s.pending_count] = {};
  }

  static void write(own& s, payload request) {
    const payload bytes = answer_of(request);
    shared_memcpy(s.ring.answered.next(), &bytes, sizeof bytes);
  }

  static void answer(own& s, std::uint64_t n, payload request) {
    write(s, request);
    s.ring.answered.put(RINGCALL_OK, static_cast<std::uint16_t>(n + 1), 0, sizeof request);
  }

  void publish(own& s, tape& t, facts& f) const {
    s.ring.answered.publish();
    if (!t.dry) f.answered = answered(s);
  }

  static void check(const own& s, const payload& request, tape& t, const facts& f) {
    t.expect(request == request_of(s.copied), "a request is torn, overwritten, or not the next one");
    t.expect(s.copied < f.posted, "a request is taken that was not published");
  }

  // Runs the handler of request n.
  void handle(own& s, std::uint64_t n, tape& t, facts& f) const {
    t.expect(!has(s.ran, n), "a request is run twice");
    t.expect(!has(f.denied, n), "a call runs that was called never started");
    s.ran |= 1ull << n;
    if (set_.mortal == 1) t.store(set_.effects_word(), s.ran, order::relaxed);
    if (!t.dry) f.ran |= 1ull << n;
  }

  setting set_;
  std::byte* base_;
};

}  // namespace ringcall::model
