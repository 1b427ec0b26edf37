// Clients that are killed, and processes that are none, for the rows that time others meanwhile.
//
//   ringcall-bench-victim [PATH]      (PATH: the server that each attaches to; without it they attach to nothing)
//
// Each byte on standard input starts one, whose process id (4 bytes, native order) is written once it is ready to be killed: with PATH its answers' arena is
// then full and more answers wait for room. When it was killed, a byte is written. Ends when standard input does.

#include "client.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>

namespace {

constexpr std::uint16_t echo = 3; // of ringcall-bench-server
constexpr std::uint32_t calls = 24, payload = 4096;

void post_echoes(ringcall::test::client& c) {
  for (std::uint32_t i = 0; i < calls; ++i) c.put_ref(echo, ringcall_arena_ref{c.memory.request_arena().offset + i * payload, payload, 0});
  c.publish();
}

[[noreturn]] void be_victim(const char* path) try {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::optional<ringcall::test::client> client;
  if (path != nullptr) {
    client.emplace(path);
    post_echoes(*client);
    while (client->ring.reaped.look() == 0) usleep(100); // answers that are there, and are never reaped
  }
  const std::int32_t pid = getpid();
  if (write(STDOUT_FILENO, &pid, sizeof pid) != sizeof pid) _exit(1);
  for (;;) pause();
} catch (const std::exception& e) {
  std::fprintf(stderr, "ringcall-bench-victim: %s\n", e.what());
  _exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) {
    std::fprintf(stderr, "usage: ringcall-bench-victim [PATH]\n");
    return 2;
  }
  std::puts("ready");
  std::fflush(stdout);
  for (char byte; read(STDIN_FILENO, &byte, 1) == 1;) {
    const pid_t victim = fork();
    if (victim == 0) be_victim(argc == 2 ? argv[1] : nullptr);
    int status = 0;
    if (victim == -1 || waitpid(victim, &status, 0) != victim || !WIFSIGNALED(status)) {
      std::fprintf(stderr, "ringcall-bench-victim: a victim could not be started or ended by itself\n");
      return 1;
    }
    if (write(STDOUT_FILENO, &byte, 1) != 1) return 1;
  }
  return 0;
}
