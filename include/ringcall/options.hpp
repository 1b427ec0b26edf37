#pragma once
// The server's few knobs. The defaults keep 256 channels within 64 MiB.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ringcall {

struct options {
  // Slots of a channel's ring, a power of two from 2 to 16384: as many calls may be outstanding. More for clients that keep more in flight.
  std::uint32_t slots = 512;
  // Bytes of a slot, 32 or 64: records up to 16 or 48 bytes travel in it. 64 when most records have 17 to 48 bytes.
  std::uint32_t stride = 32;
  // Bytes of the arenas of a channel, a multiple of 4096. No payload larger than its arena can be sent, and each takes whole lines of 64 bytes
  // there; enlarge for large payloads and batches, and for many held at once.
  std::uint32_t request_arena = 128 * 1024;
  std::uint32_t answer_arena = 64 * 1024;
  // Threads that serve, each its own channels. More when one core is busy and several clients share it.
  std::uint32_t loops = 1;
  // Threads for handlers registered with on_worker; 0 makes one as soon as such a handler exists.
  std::uint32_t workers = 0;
  // Channels at once; the next client is refused. Each takes the sizes above and one descriptor.
  std::uint32_t channels_max = 1024;
  // How long a loop goes on polling a channel after its last request before it sleeps. 0: sleep at once (saves CPU, costs about 10 us a call).
  std::chrono::nanoseconds spin = std::chrono::microseconds(50);
  // One call in so many has its stages measured (server::stats, observers); 0: none, unless observers ask for it. 64 is little.
  std::uint32_t sample_every = 0;
  // Where Prometheus scrapes GET /metrics: "127.0.0.1:9464" (any user of the machine can read it there), or the path of a Unix socket, with '/', for the
  // same user alone. Empty: nowhere.
  std::string metrics{};
  // SIGTERM and SIGINT drain and end run(); a second one while it drains ends the process at once, with status 128 + its number. Off when the program
  // handles signals itself and calls stop().
  bool handle_signals = true;
};

}  // namespace ringcall
