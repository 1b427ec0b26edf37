#pragma once
// Plays a recording's calls to a server, in their order, on one channel, and tells of each answer.

#include "client.hpp"
#include "recording.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace ringcall::load {

// Bytes of a batch's record and of its answer.
struct record_sizes {
  std::uint16_t request, answer;
};

struct play_plan {
  double speed = 1;           // of the recorded gaps; 0: as fast as the answers come
  std::uint32_t inflight = 1; // with speed 0
  std::map<std::uint16_t, record_sizes> batches_only; // methods that refuse single calls, by number: their calls are batches of one
};

class player {
 public:
  // calls: the ones to play, numbers of recording.calls, in order.
  player(client& c, const recording& r, std::vector<std::size_t> calls, const play_plan& plan) : client_(c), recording_(r), calls_(std::move(calls)), plan_(plan), posted_at_(calls_.size()) {}

  // number: of recording.calls. latency_ns: from the post to the answer.
  using on_answer = std::function<void(std::size_t number, const answer& a, std::uint64_t latency_ns)>;

  // Until all are answered, or interrupted. Throws std::runtime_error when an answer does not come for 10 s; server_gone, broken_rule.
  void run(const on_answer& tell);

  std::size_t answered() const noexcept { return answered_; }
  std::uint64_t latest_ns() const noexcept { return latest_ns_; } // the most that a call was posted behind its time
  std::uint64_t elapsed_ns() const noexcept { return elapsed_ns_; }

 private:
  std::uint64_t due(std::size_t i) const noexcept;
  bool may_post(std::size_t i, std::uint64_t now) const noexcept;
  void post_due();
  request request_of(std::size_t i) const;

  client& client_;
  const recording& recording_;
  std::vector<std::size_t> calls_;
  play_plan plan_;
  std::vector<std::uint64_t> posted_at_;
  std::uint64_t begin_ns_ = 0;
  std::size_t next_ = 0;
  std::size_t answered_ = 0;
  std::uint64_t latest_ns_ = 0;
  std::uint64_t elapsed_ns_ = 0;
  bool full_ = false;
};

}  // namespace ringcall::load
