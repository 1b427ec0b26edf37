#pragma once
// Reads the calls that a server captures (stats.h, ringcall_capture) while it writes them. The memory is the server's and may be anything.

#include "ringcall/stats.h"
#include "unique_fd.hpp"

#include <boost/interprocess/mapped_region.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ringcall::load {

class capture_reader {
 public:
  // Takes what observe::server::capture returned. Throws std::runtime_error if it is no capture.
  explicit capture_reader(unique_fd file);

  // body: request, answer and padding, valid during the call. False: no more of them now; it stays in the ring.
  using sink = std::function<bool(const ringcall_captured& call, std::span<const std::byte> body)>;

  // Hands on all calls that are there, each once, loop by loop. True: the sink took them all. Throws std::runtime_error for what cannot be a call.
  bool drain(const sink& to);
  std::uint64_t dropped() const noexcept; // by the server so far

 private:
  struct part {
    ringcall_capture* head;
    std::uint64_t bytes;
    std::uint64_t read;
  };

  bool drain(part& p, const sink& to);
  void copy(const part& p, std::uint64_t position, std::byte* to, std::size_t size) const noexcept;

  boost::interprocess::mapped_region region_;
  std::vector<part> parts_;
  std::vector<std::byte> call_;
};

}  // namespace ringcall::load
