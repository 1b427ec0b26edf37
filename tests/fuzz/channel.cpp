// [kind] [operation...]: what a hostile client does and when the server has its turns. Every operation takes its arguments from the bytes behind it.

#include "rig.hpp"

#include "system.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace ringcall::fuzz {
namespace {

constexpr int operations_most = 300;

enum operation : std::uint8_t {
  raw, run, payload, batch, turn, workers, ack, bell, arms, suspects, waiting, in_handler, arena, wants, descriptors, framed, question, operations_end,
};

struct head {
  std::uint8_t method, id, shape, deadline;
};

// Writes a request's record; its word, too, unless it is the run's first.
void put(rig& r, std::uint64_t position, bool first, const head& h, std::uint32_t shape, const void* bytes, std::size_t size) {
  std::byte* slot = r.slot(position);
  std::uint32_t deadline = 0;
  if (h.deadline != 0) deadline = r.memory.ticks(monotonic_ns()) + (h.deadline & 1 ? 1u << 20 : -5u);
  const std::uint64_t word = std::uint64_t{h.method} | std::uint64_t{h.id} << 16 | std::uint64_t{deadline} << 32;
  std::memcpy(slot + 8, &word, sizeof word);
  std::memcpy(slot + RINGCALL_SLOT_RECORD, bytes, std::min<std::size_t>(size, r.memory.ring().record_size()));
  if (!first) slots::word(slot).store(make_word(position, 0, shape, 0), std::memory_order_relaxed);
}

void publish(rig& r, std::uint64_t position, std::uint32_t count, std::uint32_t shape) {
  slots::word(r.slot(position)).store(make_word(position, count, shape, 0), std::memory_order_release);
}

// A run of small records, one after the other from a few that are given.
void post_run(rig& r, script& s) {
  const std::uint64_t position = r.server.taken();
  const std::uint32_t count = s.byte() | (s.byte() & 1u) << 8;
  const std::uint32_t written = std::min({count, RINGCALL_RUN_MAX + 1u, r.memory.ring().count()});
  struct {
    head h;
    std::uint64_t words[2];
  } given[2] = {{s.take<head>(), {s.take<std::uint64_t>(), s.byte()}}, {s.take<head>(), {s.byte(), s.byte()}}};
  for (std::uint32_t i = 0; i < written; ++i) {
    auto& g = given[i & 1];
    put(r, position + i, i == 0, g.h, g.h.shape, g.words, sizeof g.words);
    ++g.words[0];
    ++g.h.id;
  }
  publish(r, position, count, given[0].h.shape);
}

// Of records whose bytes are references.
template <class Ref, class Take>
void post_references(rig& r, script& s, std::uint32_t shape, Take take) {
  const std::uint64_t position = r.server.taken();
  const std::uint32_t count = 1 + s.byte() % std::min(8u, r.memory.ring().count());
  for (std::uint32_t i = 0; i < count; ++i) {
    const head h = s.take<head>();
    const Ref ref = take();
    put(r, position + i, i == 0, h, shape, &ref, sizeof ref);
  }
  publish(r, position, count, shape);
}

void post_payloads(rig& r, script& s) {
  post_references<ringcall_arena_ref>(r, s, RINGCALL_SHAPE_ARENA, [&] {
    const std::uint32_t at = s.take<std::uint16_t>(), size = s.take<std::uint16_t>();
    return ringcall_arena_ref{r.memory.request_arena().offset + (at & 0x8000 ? at : at & 0x1ff0), size & 0x8000 ? ~0u - size : size, 0};
  });
}

void post_batches(rig& r, script& s) {
  post_references<ringcall_batch_ref>(r, s, RINGCALL_SHAPE_BATCH, [&] {
    const std::uint32_t at = s.take<std::uint16_t>(), answers = s.take<std::uint16_t>(), count = s.take<std::uint16_t>(), begin = r.memory.request_arena().offset;
    const std::uint8_t sizes = s.byte();
    const std::uint16_t each[] = {8, 0, 1, 65535};
    return ringcall_batch_ref{begin + (at & 0x8000 ? at : at & 0x1ff0), begin + (answers & 0x8000 ? answers : answers & 0x1ff0),
                              count & 0x8000 ? ~0u - (count & 0xff) : count, each[sizes & 3], each[sizes >> 2 & 3]};
  });
}

// One record of frames that are laid out well. Its reference may be another one.
void post_frames(rig& r, script& s) {
  const head h = s.take<head>();
  const std::uint32_t count = 1 + s.byte() % 16, begin = s.byte() * RINGCALL_ARENA_ALIGN, arena = r.memory.request_arena().offset;
  std::uint32_t at = begin;
  for (std::uint32_t i = 0; i < count; ++i) {
    const input payload = s.take(s.byte() & 31u);
    const ringcall_frame_request size{static_cast<std::uint32_t>(payload.size()), 0};
    r.write(arena + at, {reinterpret_cast<const std::uint8_t*>(&size), sizeof size});
    r.write(arena + at + sizeof size, payload);
    at += static_cast<std::uint32_t>(sizeof size + (payload.size() + 7) / 8 * 8);
  }
  ringcall_frames_ref ref{arena + begin, at - begin, count, 0};
  if (const std::uint8_t how = s.byte(); how & 0xf0) { // as it is, mostly
    std::uint32_t* const fields[] = {&ref.offset, &ref.size, &ref.count, &ref.ticket};
    const std::uint16_t by = s.take<std::uint16_t>();
    *fields[how & 3] += how & 4 ? -std::uint32_t{by} : by;
  }
  const std::uint64_t position = r.server.taken();
  put(r, position, true, h, RINGCALL_SHAPE_FRAMES, &ref, sizeof ref);
  publish(r, position, 1, RINGCALL_SHAPE_FRAMES);
}

// For answers that are kept, or not.
void post_questions(rig& r, script& s) {
  post_references<ringcall_frames_ref>(r, s, RINGCALL_SHAPE_FRAMES, [&] { return ringcall_frames_ref{0, 0, 0, s.byte()}; });
}

// Of an answer that was seen, with its ticket or another.
void store_ack(rig& r, script& s) {
  const std::uint8_t which = s.byte();
  if (r.regions.empty()) return;
  const ringcall_arena_ref ref = r.regions[(which & 127) % r.regions.size()];
  std::memcpy(r.memory.base() + ref.offset - sizeof(ringcall_region), &ref.ticket, which & 128 ? 3 : sizeof ref.ticket);
}

void ring_bell(rig& r, script& s) {
  const char bytes[31] = {};
  for (int i = s.byte() & 31; i > 0; --i) send(r.bell.get(), bytes, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  send(r.bell.get(), bytes, s.byte() & 31, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void send_descriptors(rig& r) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(2 * sizeof(int));
  const int both[2] = {r.bell.get(), r.memory.descriptor()};
  std::memcpy(CMSG_DATA(c), both, sizeof both);
  sendmsg(r.bell.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void operate(rig& r, script& s, operation what) {
  switch (what) {
    case raw: {
      const std::uint16_t at = s.take<std::uint16_t>();
      return r.write(at, s.take(s.byte() & 31u));
    }
    case run: return post_run(r, s);
    case payload: return post_payloads(r, s);
    case batch: return post_batches(r, s);
    case turn: return r.serve();
    case workers: return r.finish_workers();
    case ack: return store_ack(r, s);
    case bell: return ring_bell(r, s), r.answer_bell();
    case arms: return r.arm();
    case suspects: return r.suspect();
    case waiting: return r.serve_waiting();
    case in_handler: {
      const std::uint16_t at = s.take<std::uint16_t>();
      return r.write_in_handler(at, s.take(s.byte() & 31u));
    }
    case arena: {
      const std::uint16_t at = s.take<std::uint16_t>() & 0x1ff8;
      return r.write(r.memory.request_arena().offset + at, s.take(s.byte()));
    }
    case wants:
      r.memory.control().want_answer = r.server.taken() + s.byte();
      r.memory.control().want_ack = s.byte();
      return;
    case descriptors: return send_descriptors(r), r.answer_bell();
    case framed: return post_frames(r, s);
    case question: return post_questions(r, s);
    case operations_end: return;
  }
}

}  // namespace

void channel(input bytes) {
  script s(bytes);
  rig r(s.byte());
  for (int i = 0; i < operations_most && !s.over() && !r.server.broken(); ++i) operate(r, s, static_cast<operation>(s.byte() % operations_end));
}

}  // namespace ringcall::fuzz
