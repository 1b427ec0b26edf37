#pragma once
// What is left of a server that died: a dump, or memory that a client still holds.

#include "ringcall/abi.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringcall::tool {

// What the black box says, as far as it can be true.
struct black_box {
  std::uint64_t runs = 0; // taken in all
  bool running = false;   // a handler was, when it ended
  std::uint64_t running_position = 0;
  std::uint32_t running_count = 0;
  std::uint16_t running_method = 0;
  std::vector<ringcall_black_box_run> last; // the newest first, at most RINGCALL_BLACK_BOX_RUNS
};

// None: too few bytes for one. Runs that cannot be are left out.
std::optional<black_box> decode_black_box(std::span<const std::byte> bytes);

struct clock_rate {
  std::uint32_t kind = RINGCALL_CLOCK_MONOTONIC;
  std::uint64_t scale = 1ull << 32, count = 0, ns = 0;
  // CLOCK_MONOTONIC of a count, in nanoseconds.
  std::int64_t ns_of(std::uint64_t at) const noexcept;
};

struct unanswered {
  std::uint64_t position;
  std::uint16_t method;
  std::string fate; // may-have-run, never-started
};

struct remains {
  std::string source; // of all this
  std::string server, cause, time; // empty: not known
  std::string epoch;
  pid_t pid = 0; // of the server; 0: not known
  pid_t client = 0;
  std::string state; // how the server left its life: "open", "closed on purpose", "poisoned (reason)"; empty: not known
  clock_rate clock;
  std::int64_t end_ns = 0; // CLOCK_MONOTONIC to which ages are told
  std::optional<std::uint64_t> taken, reaped, posted;
  std::map<std::uint16_t, std::string> methods;
  std::vector<unanswered> calls;
  std::optional<black_box> box;
};

// A dump, as ABI.md has it. Throws std::runtime_error that says what is wrong with it.
remains read_dump(const std::string& file);
remains parse_dump(const std::string& bytes, const std::string& source);

// What clients among the processes hold of servers that are gone. Throws std::runtime_error if a client's memory may not be read.
std::vector<remains> find_remains(std::optional<pid_t> client);
remains decode_segment(std::span<const std::byte> memory, const std::string& source);

std::string postmortem_text(const remains& r);

}  // namespace ringcall::tool
