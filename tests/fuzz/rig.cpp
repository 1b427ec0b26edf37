#include "rig.hpp"

#include "cpu.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>

namespace ringcall::fuzz {
namespace {

constexpr client_info somebody{1, 2, 3};

// For all inputs: threads are dear, and between inputs nothing is on its way to them.
worker_port& the_workers() {
  static worker_port port{1, -1};
  static worker_pool pool{1, {&port}};
  return port;
}

options options_of(std::uint8_t kind) {
  options o;
  o.slots = 2u << (kind & 7); // 2 to 256
  if (o.slots == 256 && kind & 8) o.slots = 512;
  o.stride = kind & 16 ? 64 : 32;
  o.request_arena = 8192;
  o.answer_arena = 4096;
  return o;
}

std::uint64_t load(const std::uint64_t& word) { return std::atomic_ref(const_cast<std::uint64_t&>(word)).load(std::memory_order_relaxed); }

}  // namespace

struct rig::parts {
  explicit parts(std::uint8_t kind) : patience(kind & 32 ? cpu::cycles_in(std::chrono::seconds(100)) : 0), made(segment::create(options_of(kind), 1)) {
    int ends[2];
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), "socketpair");
    server = unique_fd(ends[0]);
    client = unique_fd(ends[1]);
  }
  std::uint64_t patience; // 0: each handler is a slow one, and no answer waits for the next
  segment made;
  unique_fd server, client;
};

handlers& rig::the_handlers() {
  static handlers all;
  return all;
}

rig::rig(std::uint8_t kind) : rig(parts(kind)) {}

rig::rig(parts p)
    : tools{the_handlers().methods, the_workers(), stats.block(), p.patience, p.patience, std::vector<std::uint8_t>(65536)},
      memory(segment::open(unique_fd(checked(fcntl(p.made.descriptor(), F_DUPFD_CLOEXEC, 3), "dup")), p.made.size())), bell(std::move(p.client)),
      server(std::move(p.made), std::move(p.server), somebody, tools, spin_budget(0, 0)) {
  the_handlers().meanwhile = [this] {
    if (in_handler.empty()) return;
    write(in_handler.back().first, in_handler.back().second);
    in_handler.pop_back();
  };
}

rig::~rig() {
  while (server.worker_calls() != 0) finish_workers();
  server.close();
  the_handlers().meanwhile = nullptr;
}

void rig::write(std::size_t offset, input bytes) const noexcept {
  offset %= memory.size();
  std::ranges::copy_n(bytes.begin(), static_cast<std::ptrdiff_t>(std::min(bytes.size(), memory.size() - offset)), reinterpret_cast<std::uint8_t*>(memory.base() + offset));
}

void rig::write_in_handler(std::size_t offset, input bytes) {
  is_loose = true;
  in_handler.emplace_back(offset, std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

// Which requests the server is about to take: it is on this thread, so nothing can change before it does.
void rig::note_requests() {
  run_reader requests(memory.ring(), server.taken(), 0);
  const std::uint32_t count = requests.look();
  if (count > RINGCALL_RUN_MAX) return; // is not taken
  for (std::uint32_t i = 0; i < count; ++i) given.push_back(static_cast<std::uint16_t>(slots::load(slot(server.taken() + i), 8) >> 16));
}

// The next count answers: whole runs, to requests that were given, in regions of the answer arena.
void rig::check_answers(std::uint64_t count) {
  must(count <= given.size(), "there are no more answers than requests");
  std::uint32_t left = 0; // of the run
  for (const std::uint64_t end = answered + count; answered != end; ++answered, --left) {
    const std::uint64_t word = slots::load(slot(answered), 0), head = slots::load(slot(answered), 8);
    must(word_position(word) == (answered & RINGCALL_POSITION_MASK) && word_state(word) == RINGCALL_STATE_ANSWER, "an answer carries its position");
    must((left == 0) == (word_count(word) != 0), "the first record of a run has its count, the others have none");
    if (left == 0) left = word_count(word);
    must(left <= end - answered, "a run is visible as a whole");
    must(static_cast<std::uint16_t>(head) <= RINGCALL_BATCH_FAILED, "a status exists");
    const auto at = std::ranges::find(given, static_cast<std::uint16_t>(head >> 16));
    must(at != given.end(), "an answer is to a given request");
    *at = given.back();
    given.pop_back();
    if (word_shape(word) != RINGCALL_SHAPE_ARENA) continue;
    ringcall_arena_ref ref;
    std::memcpy(&ref, slot(answered) + RINGCALL_SLOT_RECORD, sizeof ref);
    must(memory.answer_arena().contains(ref.offset - sizeof(ringcall_region), ref.size + sizeof(ringcall_region)), "an answer's region lies in its arena");
    regions.push_back(ref);
  }
}

template <class F>
void rig::step(F act) {
  const std::uint64_t before = load(memory.server_counters().answers);
  const bool was_poisoned = server.poisoned();
  act();
  if (!is_loose) check_answers(load(memory.server_counters().answers) - before);
  must(!server.broken() || server.poisoned(), "nothing else breaks it");
  must(!server.poisoned() || (std::strcmp(server.violation(), "none") != 0 && std::strcmp(server.violation(), "unknown") != 0), "a violation has a name");
  must(!was_poisoned || server.poisoned(), "what is poisoned stays so");
  const auto held = server.holds();
  must(held.waiting_bytes <= 16 * memory.answer_arena().size, "the memory of answers that wait is bounded");
  must(held.kept_bytes <= 16 * memory.answer_arena().size, "the memory of answers that are kept is bounded");
  must(held.kept <= memory.ring().count(), "no more answers are kept than there are slots");
  must(is_loose || held.waiting <= given.size(), "no more answers wait than there are requests");
}

void rig::serve() {
  note_requests();
  const std::uint64_t taken = server.taken();
  the_handlers().worked = 0;
  step([&] {
    const bool served = server.serve();
    must(!served || !server.poisoned(), "a poisoned channel does not serve");
  });
  must(server.taken() - taken <= RINGCALL_RUN_MAX, "one turn is one run");
  must(the_handlers().worked <= RINGCALL_RUN_MAX * record_size_max + memory.request_arena().size, "one turn's work is bounded");
}

void rig::serve_waiting() {
  step([&] { server.serve_waiting(); });
}

void rig::flush() {
  step([&] { server.flush(); });
}

void rig::arm() {
  step([&] { server.arm(); });
}

void rig::suspect() {
  step([&] {
    server.suspect_lost_wake();
    server.settle_suspicion();
  });
}

void rig::answer_bell() {
  step([&] { must(server.answer_bell(), "bytes and descriptors on the bell are no end"); });
}

void rig::finish_workers() {
  const auto take = [this](worker_call* call) noexcept {
    step([&] {
      server.complete(*call);
      server.flush();
      server.serve_waiting();
    });
  };
  while (server.worker_calls() != 0) {
    if (!tools.workers.complete(take)) std::this_thread::yield();
  }
}

}  // namespace ringcall::fuzz
