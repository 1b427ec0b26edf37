#pragma once
// The server's control thread: accepts, shakes hands, makes segments, hands channels to loops. The loops never wait for any of it.

#include "handshake.hpp"
#include "listener.hpp"
#include "log_limit.hpp"
#include "loop.hpp"
#include "observer_connections.hpp"
#include "stats_file.hpp"

#include "ringcall/options.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace ringcall {

class acceptor {
 public:
  // stop_fd becomes readable when the server shall end.
  acceptor(const options& o, const interface_table& interfaces, std::uint64_t epoch, std::vector<std::unique_ptr<loop>>& loops, dead_segments& dead, stats_file& stats,
           std::shared_ptr<spdlog::logger> log, int stop_fd);

  // Serves new clients and observers at the listening socket until stop_fd is readable.
  void listen(int listening);
  enum class parent_end { stopped, gone, never_attached };
  // Serves the one client at the other end of an inherited connection, until stop_fd is readable or watch, another descriptor of the
  // connection, says that the client has gone. Once it is attached observers are served at the listening socket; -1: there is none.
  parent_end serve_parent(unique_fd connection, int watch, int listening);

 private:
  enum class event { something, stop, gone };
  event serve_all(int listening, int watch);
  int accept_all(int listening);
  bool make_room();
  void begin(unique_fd connection);
  // True: the handshake is over, one way or the other.
  bool proceed(handshake& h);
  void proceed_all(std::span<const pollfd> found);
  bool attach(handshake& h);
  void observe(handshake& h);
  void hand_over(segment& s, unique_fd& connection, const client_info& client);
  void refuse(handshake& h, ringcall_welcome_status status, const std::string& reason);
  bool sum_up();
  event step(int listening, int watch, int timeout_ms);
  std::size_t channels() const noexcept;

  const options& options_;
  const interface_table& interfaces_;
  std::uint64_t epoch_;
  std::vector<std::unique_ptr<loop>>& loops_;
  dead_segments& dead_;
  std::shared_ptr<spdlog::logger> log_;
  int stop_fd_;
  stats_file& stats_;
  policy policy_;
  captures captures_;
  observer_connections observers_;
  purpose expected_ = purpose::any; // of new connections
  std::vector<handshake> handshakes_; // begun, not over
  std::uint64_t attached_ = 0; // clients so far
  log_limit attached_lines_, refused_lines_;
  bool readable_ = false; // the listening socket, after step
};

}  // namespace ringcall
