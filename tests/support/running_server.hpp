#pragma once
// A server on a thread of the test's own process, with one method of each kind.

#include "ringcall/server.hpp"

#include "client.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ringcall::test {

struct pair_request { std::int32_t a, b; };
struct sum_answer { std::int64_t sum; };
struct number { std::uint64_t value; };

enum method_id : std::uint16_t { add = 1, echo = 2, fail = 3, gate_worker = 4, grow = 5, scale = 6, throw_int = 7, resize_twice = 8, wide = 9, count = 10, grow_worker = 11, swallow = 12 };

struct wide_record { std::uint64_t words[5]; };

// Handlers of gate_worker wait until the test opens it.
struct gate {
  std::atomic<std::uint64_t> open_up_to{0};
  void open(std::uint64_t value) {
    open_up_to = value;
    open_up_to.notify_all();
  }
};

class temporary_directory {
 public:
  temporary_directory();
  ~temporary_directory();
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// The methods by id; gate and counter must outlive them.
std::vector<std::pair<std::uint16_t, method>> make_methods(gate& g, std::atomic<std::uint64_t>& counter);

class running_server {
 public:
  // setup registers more before the server runs.
  explicit running_server(options o = {}, const std::function<void(server&)>& setup = {});
  ~running_server() { stop(); }
  int stop(); // run's result
  server_stats stats() const { return server_.stats(); }

  temporary_directory directory;
  std::string path = directory / "s.sock";
  gate workers_gate;
  std::atomic<std::uint64_t> counter{0}; // calls of method count that ran

 private:
  bool listens() const;

  server server_;
  std::atomic<int> result_{-1};
  std::thread thread_;
};

}  // namespace ringcall::test
