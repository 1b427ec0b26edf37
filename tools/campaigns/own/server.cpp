//go:build ignore
// That line is for Go, which takes a .cpp file beside its own for cgo's. Meson builds this one: the server that campaigns are led against, with handlers of
// every kind. Each answer can be told from the request alone, and requests carry a random word, so that no two are the same.

#include "ringcall/server.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

struct pair { std::uint64_t word, argument; };
struct one { std::uint64_t word; };
struct death { std::uint64_t word, how; };

enum method_id : std::uint16_t { mix = 1, mix_worker, echo, echo_worker, rest, rest_worker, refuse, note, dense, die };

// So that random bytes in the segment do not ask for a death, which would look like one of ours.
constexpr std::uint64_t die_word = 0x6561746820706c73;

one mixed(const pair& p) { return {(p.word ^ p.argument) * 0x9e3779b97f4a7c15u}; }

one rested(const pair& p) {
  std::this_thread::sleep_for(std::chrono::microseconds(std::min<std::uint64_t>(p.argument, 50'000)));
  return mixed(p);
}

// Every byte one more. A large request can still be changed while the handler runs: its copy cannot.
void echoed(std::span<const std::byte> request, ringcall::answer& out) {
  const std::vector<std::byte> copy(request.begin(), request.end());
  std::ranges::transform(copy, out.resize(copy.size()).begin(), [](std::byte b) { return static_cast<std::byte>(static_cast<unsigned>(b) + 1); });
}

one died(const death& d) {
  if (d.word != die_word) throw ringcall::failure(1, "not meant");
  switch (d.how % 4) {
    case 0: std::abort();
    case 1: _exit(3);
    case 2: *static_cast<volatile int*>(nullptr) = 1; break;
    default: std::terminate();
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  ringcall::options o;
  o.workers = 3;
  o.slots = 64; // small, so that laps and full rings are many
  if (argc > 2) o.loops = static_cast<std::uint32_t>(std::atoi(argv[2]));
  ringcall::server server{argc > 1 ? argv[1] : "campaign", o};
  server.on<pair, one>(mix, mixed);
  server.on<pair, one>(mix_worker, mixed, ringcall::on_worker);
  server.on_bytes(echo, echoed);
  server.on_bytes(echo_worker, echoed, ringcall::on_worker);
  server.on<pair, one>(rest, rested);
  server.on<pair, one>(rest_worker, rested, ringcall::on_worker);
  server.on<pair, one>(refuse, [](const pair& p) -> one {
    if (p.argument % 4 == 0) throw ringcall::failure(static_cast<std::uint32_t>(p.word), "as asked");
    return mixed(p);
  });
  server.on<pair, void>(note, [](const pair&) {});
  server.on_batch<pair, one>(dense, [](std::span<const pair> in, std::span<one> out) {
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = mixed(pair{in[i].word, in[i].argument});
  });
  server.on<death, one>(die, died);
  return server.run();
}
