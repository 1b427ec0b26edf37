#include "stepper.hpp"

#include "ringcall/abi.h"
#include "segment.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

namespace ringcall::kill {
namespace {

constexpr std::uint8_t breakpoint = 0xcc; // int3
constexpr std::uint64_t quiet_ns = 5'000'000; // no step for so long while all threads sleep: it is over
constexpr std::uint64_t never_quiet_ns = 20'000'000'000; // over, but a thread runs and runs
constexpr std::uint32_t maps_every = 16;      // steps between two looks whether the segment is mapped

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) threads.push_back(std::stoi(entry.path().filename()));
  return threads;
}

std::uintptr_t instruction(pid_t thread) {
  errno = 0;
  const long at = ptrace(PTRACE_PEEKUSER, thread, offsetof(user_regs_struct, rip), nullptr);
  return errno == 0 ? static_cast<std::uintptr_t>(at) : 0;
}

// Whether the instruction enters the kernel. The victim's code lies where ours does.
bool is_system_call(std::uintptr_t address) { return std::memcmp(reinterpret_cast<const void*>(address), "\x0f\x05", 2) == 0; }

std::uintptr_t find_segment(pid_t pid) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:ringcall ") != std::string::npos) return std::stoull(line, nullptr, 16);
  }
  return 0;
}

}  // namespace

stepper::stepper(pid_t victim) : victim_(victim), memory_(checked(open(("/proc/" + std::to_string(victim) + "/mem").c_str(), O_RDWR | O_CLOEXEC), "opening the victim's memory")) {
  for (const pid_t t : threads_of(victim)) checked(static_cast<int>(ptrace(PTRACE_SEIZE, t, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE)), "tracing the victim");
}

stepper::stop stepper::next_stop() {
  int status;
  const pid_t t = waitpid(-victim_, &status, __WALL | WNOHANG);
  if (t == -1) ended_ = true;
  if (t <= 0) return {};
  if (!WIFSTOPPED(status)) {
    if (t == victim_) ended_ = true;
    return {};
  }
  const int signal = WSTOPSIG(status);
  if (status >> 16 != 0) return {t, 0, false};
  return {t, signal == SIGTRAP ? 0 : signal, signal == SIGTRAP};
}

void stepper::resume(pid_t thread, int request, int signal) { ptrace(static_cast<__ptrace_request>(request), thread, nullptr, signal); }

// What of the segment the protocol's words and the script's records and payloads are.
std::uint64_t stepper::fingerprint() {
  if (segment_ == 0 && look_for_segment_++ % maps_every == 0) segment_ = find_segment(victim_);
  if (segment_ == 0) return 0;
  static const std::uint64_t arenas = RINGCALL_PAGE_SIZE * 3 + options{}.slots * options{}.stride;
  std::array<char, 768 + 384 + 1024 + 1024 + 512> bytes{};
  const iovec to{bytes.data(), bytes.size()};
  const auto at = [this](std::uint64_t offset, std::size_t size) { return iovec{reinterpret_cast<void*>(segment_ + offset), size}; };
  const std::array<iovec, 5> from{at(0, 768), at(RINGCALL_CONTROL_OFFSET, 384), at(3 * RINGCALL_PAGE_SIZE, 1024), at(arenas, 1024), at(arenas + options{}.request_arena, 512)};
  if (process_vm_readv(victim_, &to, 1, from.data(), from.size(), 0) <= 0) segment_ = 0;
  return std::hash<std::string_view>{}({bytes.data(), bytes.size()});
}

std::vector<point> stepper::list(const std::function<void()>& begin, const std::function<bool()>& over) {
  struct history {
    std::uintptr_t first = 0; // the last instruction that was new
    std::uint32_t since = 0;  // instructions since
    std::uint64_t seen = 0;
    bool last_visible = false;
    std::size_t last = 0; // its last point
  };
  std::map<pid_t, history> threads;
  std::map<std::uintptr_t, std::uint64_t> executed; // how much had changed by then
  std::uint64_t changes = 1;
  std::vector<point> points;
  for (const pid_t t : threads_of(victim_)) ptrace(PTRACE_INTERRUPT, t, nullptr, nullptr);
  bool begun = false;
  std::uint64_t last_stop = monotonic_ns(), over_since = last_stop;
  while (!ended_) {
    const stop s = next_stop();
    if (s.thread == 0) {
      if (!begun && threads.size() == threads_of(victim_).size()) begun = true, begin();
      const bool is_over = begun && over();
      const std::uint64_t now = monotonic_ns();
      if (!is_over) over_since = now;
      if (is_over && sleeping_threads(victim_) == 0) last_stop = now; // held up by a busy machine, not quiet
      if (is_over && (now - last_stop > quiet_ns || now - over_since > never_quiet_ns)) break;
      sched_yield();
      continue;
    }
    last_stop = monotonic_ns();
    history& h = threads[s.thread];
    if (const std::uintptr_t at = s.trap && begun ? instruction(s.thread) : 0; at != 0) {
      std::uint64_t& then = executed[at];
      h.since = then == 0 ? (h.first = at, 0) : h.since + 1;
      const std::uint64_t seen = fingerprint();
      const bool call = is_system_call(at);
      const bool visible = seen != h.seen || h.last_visible || call;
      changes += seen != h.seen;
      const bool repeated = std::exchange(then, changes) == changes;
      if (h.first != 0) {
        if (seen != h.seen && h.last < points.size()) points[h.last].visible = true;
        h.last = points.size();
        points.push_back({h.first, h.since, visible, repeated});
      }
      h.last_visible = call; // what follows the system call
      h.seen = seen;
    }
    resume(s.thread, PTRACE_SINGLESTEP, s.signal);
  }
  return points;
}

void stepper::patch(std::uintptr_t address, std::uint8_t byte) {
  if (pwrite(memory_.get(), &byte, 1, static_cast<off_t>(address)) != 1) throw_errno("writing to the victim's code");
}

bool stepper::run_to(const point& p, const std::function<void()>& begin, const std::function<bool()>& over) {
  const std::uint8_t original = *reinterpret_cast<const std::uint8_t*>(p.address);
  patch(p.address, breakpoint);
  begin();
  pid_t walker = 0; // the thread that came by
  std::uint32_t steps = 0;
  for (std::uint64_t over_since = monotonic_ns(), busy_at = over_since; !ended_;) {
    const stop s = next_stop();
    if (s.thread == 0) {
      const std::uint64_t now = monotonic_ns();
      // What the victim does once its peer is content may come late, while another process has the processor.
      const bool is_over = over();
      if (!is_over) over_since = now;
      if (!is_over || sleeping_threads(victim_) == 0) busy_at = now;
      if (now - busy_at > quiet_ns || now - over_since > never_quiet_ns) return false;
      const timespec pause{0, walker == 0 ? 30'000 : 0};
      nanosleep(&pause, nullptr);
      continue;
    }
    const bool hit = s.trap && instruction(s.thread) == p.address + 1 && s.thread != walker;
    if (hit) {
      // Any other thread that comes by meanwhile goes on with the original, too.
      ptrace(PTRACE_POKEUSER, s.thread, offsetof(user_regs_struct, rip), p.address);
      patch(p.address, original);
      if (walker == 0) walker = s.thread;
      if (s.thread == walker && p.steps == 0) return true;
    } else if (s.trap && s.thread == walker && ++steps == p.steps) {
      return true;
    }
    resume(s.thread, s.thread == walker ? PTRACE_SINGLESTEP : PTRACE_CONT, s.signal);
  }
  return false;
}

std::uint64_t stepper::kill_now() {
  if (victim_ == 0) return 0;
  const std::uint64_t at = ended_ ? 0 : monotonic_ns();
  ::kill(victim_, SIGKILL);
  while (waitpid(-victim_, nullptr, __WALL) > 0 || errno == EINTR) {
  }
  victim_ = 0;
  return at;
}

void skip_unless_traceable() {
  std::string why;
#if !defined(__x86_64__)
  why = "single steps and breakpoints are written for x86-64";
#else
  const pid_t child = checked(fork(), "fork");
  if (child == 0) {
    for (;;) pause();
  }
  if (ptrace(PTRACE_SEIZE, child, nullptr, PTRACE_O_EXITKILL) == -1) why = std::string("this system refuses ptrace of a child: ") + std::strerror(errno);
  ::kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
#endif
  if (why.empty()) return;
  std::printf("skipped: %s\n", why.c_str());
  std::fflush(stdout);
  std::_Exit(77);
}

std::size_t sleeping_threads(pid_t pid) {
  std::size_t count = 0;
  for (const pid_t t : threads_of(pid)) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(t) + "/stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos || stat.substr(name_end + 2, 1) != "S") return 0;
    ++count;
  }
  return count;
}

}  // namespace ringcall::kill
