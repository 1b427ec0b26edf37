#include "postmortem.hpp"

#include "observe/processes.hpp"
#include "observe/snapshot.hpp"
#include "print/units.hpp"
#include "unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

namespace ringcall::tool {
namespace {

struct mapping {
  pid_t pid;
  std::uint64_t address, size;
  std::string inode; // device and number: the same file in another process has the same
};

// The segments that the process has mapped.
std::vector<mapping> mappings_of(pid_t pid) {
  std::vector<mapping> all;
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with("/memfd:ringcall (deleted)")) continue;
    unsigned long long begin = 0, end = 0, inode = 0;
    char device[32] = "";
    if (std::sscanf(line.c_str(), "%llx-%llx %*s %*s %31s %llu", &begin, &end, device, &inode) == 4) all.push_back({pid, begin, end - begin, std::string(device) + " " + std::to_string(inode)});
  }
  return all;
}

// A server has its statistics in memory, too; of its channels it is the client that may be gone.
bool is_server(pid_t pid) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with("/memfd:ringcall-stats (deleted)")) return true;
  }
  return false;
}

std::vector<mapping> all_mappings() {
  std::vector<mapping> all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto some = mappings_of(static_cast<pid_t>(std::stol(name)));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::string read_memory(const mapping& m) {
  constexpr std::uint64_t most = 1u << 20; // all but large arenas, of which nothing is told
  const std::string process = "/proc/" + std::to_string(m.pid);
  std::string bytes(std::min(m.size, most), '\0');
  char range[64];
  std::snprintf(range, sizeof range, "/map_files/%llx-%llx", static_cast<unsigned long long>(m.address), static_cast<unsigned long long>(m.address + m.size));
  int error = 0;
  for (const auto& [file, offset] : {std::pair(process + "/mem", m.address), std::pair(process + range, std::uint64_t{0})}) {
    const unique_fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd && pread(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes.size())) return bytes;
    if (error == 0) error = errno;
  }
  throw std::runtime_error("the memory of process " + std::to_string(m.pid) + " (" + observe::command_name(m.pid) + ") may not be read: " + std::strerror(error) +
                           "; run this as root, or allow it: sysctl kernel.yama.ptrace_scope=0");
}

std::string state_text(const ringcall_life& life) {
  switch (life.state) {
    case RINGCALL_STATE_NEW: return "new";
    case RINGCALL_STATE_OPEN: return "open: it did not leave on purpose";
    case RINGCALL_STATE_CLOSED: return "closed: it left on purpose";
    case RINGCALL_STATE_POISONED: return "poisoned, for reason " + std::to_string(life.reason);
    default: return "state " + std::to_string(life.state);
  }
}

// The requests that lie published from taken on: they never started.
void add_untaken(remains& r, std::span<const std::byte> memory, const ringcall_ring_entry& ring, std::uint64_t taken) {
  const bool usable = ring.slot_count >= RINGCALL_SLOTS_MIN && ring.slot_count <= RINGCALL_SLOTS_MAX && (ring.slot_count & (ring.slot_count - 1)) == 0 &&
                      (ring.slot_stride == RINGCALL_STRIDE_SMALL || ring.slot_stride == RINGCALL_STRIDE_LARGE) && ring.slots_offset <= memory.size() &&
                      std::size_t{ring.slot_count} * ring.slot_stride <= memory.size() - ring.slots_offset;
  if (!usable) return;
  for (std::uint64_t left = 0, position = taken; position - taken < ring.slot_count; ++position) {
    ringcall_slot_header slot;
    std::memcpy(&slot, memory.data() + ring.slots_offset + (position & (ring.slot_count - 1)) * ring.slot_stride, sizeof slot);
    const std::uint64_t count = slot.word >> RINGCALL_COUNT_SHIFT & RINGCALL_COUNT_MASK;
    const bool request = (slot.word & RINGCALL_STATE_ANSWER) == 0;
    if (!request || slot.word >> RINGCALL_POSITION_SHIFT != (position & RINGCALL_POSITION_MASK) || (left == 0 && count == 0)) return;
    if (left == 0) left = count;
    --left;
    r.calls.push_back({position, slot.code, "never-started"});
    r.posted = position + 1;
  }
}

}  // namespace

remains decode_segment(std::span<const std::byte> memory, const std::string& source) {
  ringcall_segment_header h;
  if (memory.size() < RINGCALL_CONTROL_OFFSET + sizeof(ringcall_ring_control)) throw std::runtime_error(source + ": too small for a segment");
  std::memcpy(&h, memory.data(), sizeof h);
  if (h.magic != RINGCALL_SEGMENT_MAGIC) throw std::runtime_error(source + ": no segment of ringcall");
  if (h.abi_version != RINGCALL_ABI_VERSION) {
    throw std::runtime_error(source + ": a segment of ABI version " + std::to_string(h.abi_version) + ", this tool knows " + std::to_string(RINGCALL_ABI_VERSION));
  }
  remains r;
  r.source = source;
  r.epoch = hex_text(h.epoch);
  r.state = state_text(h.server);
  r.clock = {h.clock_kind, h.clock_scale, h.clock_count, h.clock_ns};
  r.end_ns = static_cast<std::int64_t>(observe::monotonic_now_ns());
  if (h.rings[0].control_offset <= memory.size() - sizeof(ringcall_ring_control)) {
    ringcall_ring_control control;
    std::memcpy(&control, memory.data() + h.rings[0].control_offset, sizeof control);
    r.taken = control.taken;
    add_untaken(r, memory, h.rings[0], control.taken);
  }
  if (h.black_box_offset != 0 && h.black_box_offset <= memory.size() && h.black_box_size <= memory.size() - h.black_box_offset) {
    r.box = decode_black_box(memory.subspan(h.black_box_offset, h.black_box_size));
  }
  return r;
}

std::vector<remains> find_remains(std::optional<pid_t> client) {
  const auto all = all_mappings();
  std::vector<remains> found;
  for (const mapping& m : all) {
    if ((client && m.pid != *client) || is_server(m.pid)) continue;
    // Both ends of a channel map it: where only one is left the other has gone.
    std::set<pid_t> holders;
    for (const mapping& other : all) {
      if (other.inode == m.inode) holders.insert(other.pid);
    }
    if (holders.size() != 1) continue;
    const std::string memory = read_memory(m);
    remains r = decode_segment(std::as_bytes(std::span(memory)), "memory of process " + std::to_string(m.pid) + " (" + observe::command_name(m.pid) + ")");
    r.client = m.pid;
    found.push_back(std::move(r));
  }
  return found;
}

}  // namespace ringcall::tool
