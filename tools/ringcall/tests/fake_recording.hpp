// Recordings as tests want them, without a server.
#pragma once

#include "profile/recording.hpp"

#include <cstdint>
#include <string>

namespace ringcall::tool::test {

// Times of one call's stages, in nanoseconds.
struct fake_call {
  std::uint64_t queue = 1'000;
  std::uint64_t handler = 2'000;
  std::uint64_t response = 1'000;
  bool server_rung = false;
  bool client_rung = false;
  bool worker = false;
  std::uint32_t channel = 1;
};

// Ten seconds of a server "quotes" on four processors, with a loop and a client, without any call.
profile::recording quiet_recording();
std::size_t add_method(profile::recording& r, const std::string& name);
// Sampled as one in 64: the method's calls grow by 64 for each. Posted at the moment, in nanoseconds.
void add_call(profile::recording& r, std::size_t method, std::uint64_t at, const fake_call& c = {});
// So many of them, evenly over the recording.
void add_calls(profile::recording& r, std::size_t method, std::size_t count, const fake_call& c = {});
// What the recorder does at the end: slices from the calls, the slowest, order.
void complete(profile::recording& r);

// A trading server's ten seconds as they could be: a fast method whose clients sleep, one that queues behind a slow one, one on workers, failures, and
// a second in which the server stood still.
profile::recording busy_recording(unsigned seed = 1);

}  // namespace ringcall::tool::test
