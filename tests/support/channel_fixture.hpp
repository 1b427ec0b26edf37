#pragma once
// A channel and its client in one thread: the test says when each side moves.

#include "channel.hpp"
#include "client.hpp"
#include "cpu.hpp"
#include "own_stats.hpp"
#include "running_server.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace ringcall::test {

struct channel_fixture {
  explicit channel_fixture(const options& o = {}) : channel_fixture(o, connections()) {}

  ringcall_server_counters& counters() { return client_side.memory.server_counters(); }

  ringcall_method_stats& stats_of(std::uint16_t method) { return methods.find(method) != nullptr ? stats.block().methods[methods.find(method)->index] : stats.block().unknown_method(); }

  // References to payloads and batches that keep the rules.
  ringcall_arena_ref arena_request(std::size_t size, std::uint32_t at = 0) {
    return {client_side.memory.request_arena().offset + at, static_cast<std::uint32_t>(size), 0};
  }
  ringcall_batch_ref good_batch(std::uint32_t count) {
    const std::uint32_t begin = client_side.memory.request_arena().offset;
    return {begin, begin + 4096, count, sizeof(number), sizeof(number)};
  }

  struct ends {
    unique_fd server, client;
  };
  static ends connections() {
    int fds[2];
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), "socketpair");
    return {unique_fd(fds[0]), unique_fd(fds[1])};
  }

  gate unused_gate;
  std::atomic<std::uint64_t> counter{0};
  method_table methods;
  worker_port workers{0, -1};
  // No run takes this long, so that each is answered by one run; tests of slow handlers set it.
  own_stats stats{64};
  loop_tools tools{methods, workers, stats.block(), cpu::cycles_in(std::chrono::seconds(100)), cpu::cycles_in(std::chrono::seconds(100)), std::vector<std::uint8_t>(65536)};
  segment made;
  client client_side;
  channel server_side;

 private:
  channel_fixture(const options& o, ends e)
      : made(segment::create(o, 1)), client_side(segment::open(unique_fd(checked(fcntl(made.descriptor(), F_DUPFD_CLOEXEC, 3), "dup")), made.size()), std::move(e.client)),
        server_side(std::move(made), std::move(e.server), client_info{1, 2, 3}, tools, spin_budget(0, 0)) {
    for (auto& [id, m] : make_methods(unused_gate, counter)) methods.add(id, std::move(m));
  }
};

}  // namespace ringcall::test
