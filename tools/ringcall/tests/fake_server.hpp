#pragma once
// What observers see of a server, without one: a socket, a welcome with made-up statistics, answers to commands.

#include "fake_stats.hpp"

#include "unique_fd.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace ringcall::tool::test {

class fake_server {
 public:
  // Listens at the path, or at the abstract name behind a leading '@', and serves the statistics, which must outlive it.
  fake_server(const std::string& path, fake_stats& stats);
  ~fake_server() { end(); }
  void end(); // closes all its sockets; the socket's file stays, as a dead server's does

  // To be set before anybody connects: what is sent may be anything.
  std::function<void(ringcall_welcome&)> change_welcome = [](ringcall_welcome&) {};
  std::function<void(ringcall_reply&)> change_reply = [](ringcall_reply&) {};
  std::atomic<bool> silent = false;          // takes connections and says nothing
  std::atomic<bool> ends_on_command = false; // dies when it is asked for something

  std::atomic<std::uint64_t> leases = 0; // sampling rates held now

 private:
  struct observer {
    unique_fd connection;
    bool greeted = false;
    std::uint64_t sample_every = 0;
  };
  void serve();
  bool answer(observer& o); // false: it has gone
  void command(observer& o, const ringcall_command& c);
  void count_leases();

  fake_stats& stats_;
  unique_fd listening_, stop_;
  std::vector<observer> observers_;
  std::thread thread_;
};

}  // namespace ringcall::tool::test
