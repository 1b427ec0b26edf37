#pragma once
// What bench, record and replay were asked for, and the functions that do it: as in commands.hpp of the tool.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringcall::tool {

struct bench_options {
  std::string name;
  std::vector<std::string> methods;
  std::uint64_t for_ns = 10'000'000'000;
  double rate = 0;            // calls a second, of all clients together; 0: a closed loop
  std::uint32_t inflight = 0; // calls of each client; 0: as many as a run has
  std::uint32_t run = 1;      // calls published at once
  std::uint32_t batch = 0;    // records of a dense batch, which is one call; 0: no batches
  std::uint32_t clients = 1;
  std::uint64_t seed = 1;
  std::uint64_t deadline_ns = 0; // 0: none
  std::optional<std::string> request_hex;
  std::optional<std::uint64_t> request_size; // of random bytes
  bool json = false;
  std::string hgrm; // a file; empty: none
};
int run_bench(const bench_options& o);

struct record_options {
  std::string name;
  std::string file;
  std::uint64_t for_ns = 0;                // 0: until it is interrupted
  std::uint64_t max_bytes = 1ull << 30;    // of the file
  bool json = false;
};
int run_record(const record_options& o);

struct replay_options {
  std::string file;
  std::string name;
  double speed = 1;           // of the recording; 0: as fast as the server answers
  std::uint32_t inflight = 64; // with speed 0
  std::vector<std::string> methods; // none: all
  std::vector<std::string> ignore;  // whose answers may differ
  bool json = false;
};
int run_replay(const replay_options& o);

}  // namespace ringcall::tool
