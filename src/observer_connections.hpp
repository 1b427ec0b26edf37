#pragma once
// The connections of observers once they have been welcomed: their commands, what they hold, and its end with them. The acceptor's thread alone; nothing
// here blocks it, and an observer that neither reads nor makes sense costs one descriptor and some hundred bytes.

#include "captures.hpp"
#include "log_limit.hpp"
#include "policy.hpp"
#include "unique_fd.hpp"

#include <poll.h>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
}

namespace ringcall {

class observer_connections {
 public:
  static constexpr std::size_t most = 16;

  observer_connections(policy& p, captures& c, ringcall_stats_header& header, std::shared_ptr<spdlog::logger> log);
  ~observer_connections() { end(); }

  // Whether one more may come; if need be looks who has gone.
  bool has_room();
  // Takes a connection that was welcomed; only if there is room.
  void add(unique_fd connection, std::int32_t pid);
  // Appends what poll is to wait for.
  void append_to(std::vector<pollfd>& fds) const;
  // With what poll found, in the order of append_to: serves at most one command of each.
  void serve(std::span<const pollfd> found);
  // Goes on with what takes time, about a millisecond. Returns after how many milliseconds it is to be called again; -1: no need.
  int advance();
  // Tells what the log was spared. True: more is to be told in a while.
  bool sum_up(std::uint64_t now_ns);
  void end() noexcept;

 private:
  struct observer {
    unique_fd connection;
    std::int32_t pid = 0;
    ringcall_command command{};
    std::size_t received = 0; // bytes of it
    ringcall_reply reply{};
    std::size_t unsent = 0; // bytes of it
    int descriptor = -1;    // that goes with it
    std::uint32_t lease = 0; // one call in so many is sampled for it
    bool captures = false;
    bool waits = false; // for its capture to be ready
    bool ends = false;  // with the reply
  };

  bool proceed(observer& o, short found);
  bool receive(observer& o);
  bool send(observer& o);
  void obey(observer& o);
  void capture(observer& o);
  void answer(observer& o, std::uint64_t value) noexcept;
  void refuse(observer& o, std::string_view why) noexcept;
  void release(observer& o);
  void lease();
  void count() noexcept;

  policy& policy_;
  captures& captures_;
  ringcall_stats_header& header_;
  std::shared_ptr<spdlog::logger> log_;
  log_limit visit_lines_, capture_lines_, failed_lines_; // each by itself: none hides another
  std::vector<std::unique_ptr<observer>> all_;
};

}  // namespace ringcall
