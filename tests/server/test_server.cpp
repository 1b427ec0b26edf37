// The server that interop tests and people's first experiments talk to.

#include "ringcall/server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>

namespace {

struct add_request { std::int32_t a, b; };
struct add_answer { std::int64_t sum; };
struct code_request { std::uint32_t code; };
struct none { std::uint8_t zero; };
struct nanoseconds { std::uint64_t ns; };
struct scale_request { double x, k; };
struct scale_answer { double product; };
struct note_request { std::uint64_t number; std::uint32_t action, zero; };
struct note_answer { std::uint64_t number; };
struct pid_answer { std::uint32_t pid, zero; };

enum method_id : std::uint16_t { add = 1, echo, hash, fail, sleep_worker, crash, grow, scale, throw_plain, sleep_loop, pid, print, fork_child, note };

std::uint64_t fnv1a(std::span<const std::byte> bytes) noexcept {
  std::uint64_t h = 14695981039346656037u;
  for (const std::byte b : bytes) h = (h ^ static_cast<std::uint64_t>(b)) * 1099511628211u;
  return h;
}

nanoseconds rest(const nanoseconds& n) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(n.ns));
  return n;
}

// What note does once the number stands in the file.
enum note_action : std::uint32_t { note_answers = 0, note_aborts, note_exits, note_fails, note_rests };

// Appends the number as a line to the file that RINGCALL_TEST_NOTES names, in one write: what has run can be counted there across the deaths of servers.
note_answer write_note(const note_request& r) {
  static const int file = open(getenv("RINGCALL_TEST_NOTES"), O_WRONLY | O_APPEND | O_CLOEXEC);
  const std::string line = std::to_string(r.number) + '\n';
  if (write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) throw ringcall::failure(1, "the note was not written");
  if (r.action == note_aborts) std::abort();
  if (r.action == note_exits) _exit(3);
  if (r.action == note_fails) throw ringcall::failure(42, "as asked");
  if (r.action == note_rests) std::this_thread::sleep_for(std::chrono::microseconds(300));
  return {r.number};
}

// Methods that neither end nor delay the server, nor leave anything, whatever they are asked.
void register_harmless_methods(ringcall::server& server) {
  server.on<add_request, add_answer>(add, [](const add_request& r) { return add_answer{std::int64_t{r.a} + r.b}; });
  server.on_bytes(echo, [](std::span<const std::byte> request, ringcall::answer& out) { std::ranges::copy(request, out.resize(request.size()).begin()); });
  server.on_bytes(hash, [](std::span<const std::byte> request, ringcall::answer& out) {
    const std::uint64_t h = fnv1a(request);
    std::memcpy(out.resize(sizeof h).data(), &h, sizeof h);
  });
  server.on<code_request, none>(fail, [](const code_request& r) -> none { throw ringcall::failure(r.code, "as asked: " + std::to_string(r.code)); });
  server.on_bytes(grow, [](std::span<const std::byte> request, ringcall::answer& out) {
    std::uint32_t n = 0;
    std::memcpy(&n, request.data(), std::min(request.size(), sizeof n));
    std::size_t i = 0;
    for (std::byte& b : out.resize(n)) b = static_cast<std::byte>(i++ * 7);
  });
  server.on_batch<scale_request, scale_answer>(scale, [](std::span<const scale_request> in, std::span<scale_answer> out) {
    for (std::size_t i = 0; i < in.size(); ++i) out[i].product = in[i].x * in[i].k;
  });
  server.on_bytes(throw_plain, [](std::span<const std::byte>, ringcall::answer&) { throw std::runtime_error("plain"); });
  server.on_bytes(pid, [](std::span<const std::byte>, ringcall::answer& out) {
    const pid_answer a{static_cast<std::uint32_t>(getpid()), 0};
    std::memcpy(out.resize(sizeof a).data(), &a, sizeof a);
  });
}

void register_other_methods(ringcall::server& server) {
  server.on<nanoseconds, nanoseconds>(sleep_worker, rest, ringcall::on_worker);
  server.on_bytes(crash, [](std::span<const std::byte>, ringcall::answer&) { std::abort(); });
  server.on<nanoseconds, nanoseconds>(sleep_loop, rest);
  server.on_bytes(print, [](std::span<const std::byte> request, ringcall::answer& out) {
    const std::string line(reinterpret_cast<const char*>(request.data()), request.size());
    std::cout << line << std::endl;
    std::cerr << line << std::endl;
    out.resize(0);
  });
  // Leaves a child that has all our descriptors and outlives us; answers its pid.
  server.on_bytes(fork_child, [](std::span<const std::byte>, ringcall::answer& out) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(60);
      for (;;) pause();
    }
    const pid_answer a{static_cast<std::uint32_t>(child), 0};
    std::memcpy(out.resize(sizeof a).data(), &a, sizeof a);
  });
  server.on<note_request, note_answer>(note, write_note);
}

constexpr const char* usage =
    "usage: ringcall-test-server NAME [--workers N] [--loops N] [--slots N] [--stride 32|64] [--request-arena BYTES] [--answer-arena BYTES]\n"
    "                                 [--channels N] [--spin NANOSECONDS] [--log LEVEL] [--harmless]\n"
    "--harmless: no method that ends, delays or forks the server: for clients that may call any method with anything\n";

}  // namespace

int main(int argc, char** argv) {
  std::string name = "test";
  bool harmless = false;
  ringcall::options o;
  std::map<std::string, std::uint32_t*> numbers{{"--workers", &o.workers}, {"--loops", &o.loops}, {"--slots", &o.slots}, {"--stride", &o.stride},
                                                {"--request-arena", &o.request_arena}, {"--answer-arena", &o.answer_arena}, {"--channels", &o.channels_max}};
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (!flag.starts_with("--")) {
      name = flag;
      continue;
    }
    if (flag == "--harmless") {
      harmless = true;
      continue;
    }
    const auto number = numbers.find(flag);
    if (++i == argc || (number == numbers.end() && flag != "--spin" && flag != "--log")) {
      std::fprintf(stderr, "ringcall-test-server: %s: unknown, or without a value\n%s", flag.c_str(), usage);
      return 2;
    }
    if (number != numbers.end()) {
      *number->second = static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10));
    } else if (flag == "--spin") {
      o.spin = std::chrono::nanoseconds(std::strtoll(argv[i], nullptr, 10));
    } else {
      setenv("RINGCALL_LOG", argv[i], 1);
    }
  }
  ringcall::server server(name, o);
  register_harmless_methods(server);
  if (!harmless) register_other_methods(server);
  return server.run();
}
