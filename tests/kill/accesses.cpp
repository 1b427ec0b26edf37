#include "accesses.hpp"

#include "segment.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace ringcall::kill {
namespace {

constexpr int system_call_stop = SIGTRAP | 0x80;

user_regs_struct registers(pid_t t) {
  user_regs_struct r{};
  ptrace(PTRACE_GETREGS, t, nullptr, &r);
  return r;
}

}  // namespace

access_stepper::access_stepper(const std::vector<std::string>& arguments) {
  int ends[2];
  checked(pipe2(ends, O_CLOEXEC), "pipe");
  const unique_fd from(ends[0]);
  unique_fd to(ends[1]);
  std::vector<char*> words;
  for (const std::string& a : arguments) words.push_back(const_cast<char*>(a.c_str()));
  words.push_back(nullptr);
  pid_ = checked(fork(), "fork");
  if (pid_ == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char byte;
    if (read(from.get(), &byte, 1) == 1) execv(words[0], words.data());
    _exit(127);
  }
  setpgid(pid_, pid_);
  constexpr long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
  checked(static_cast<int>(ptrace(PTRACE_SEIZE, pid_, nullptr, options)), "tracing the program");
  threads_[pid_];
  if (write(to.get(), "", 1) != 1) throw_errno("starting the program");
}

bool access_stepper::run_to(std::uint64_t n) {
  while (!ended_) {
    pid_t t;
    int status;
    if (!next(t, status)) break;
    if (handle(t, status, n)) return true;
  }
  return false;
}

bool access_stepper::next(pid_t& t, int& status) {
  if (!deferred_.empty()) {
    std::tie(t, status) = deferred_.front();
    deferred_.erase(deferred_.begin());
    return true;
  }
  t = waitpid(-pid_, &status, __WALL);
  ended_ = t == -1;
  return !ended_;
}

// True: it is the n-th access.
bool access_stepper::handle(pid_t t, int status, std::uint64_t n) {
  if (!WIFSTOPPED(status)) {
    threads_.erase(t);
    if (t == pid_) status_ = status, ended_ = true;
    return false;
  }
  threads_[t].stopped = true;
  const int signal = WSTOPSIG(status);
  if (status >> 16 == PTRACE_EVENT_EXEC) {
    syscall_at_ = 0;
  } else if (status >> 16 == 0 && signal == system_call_stop) {
    if (segment_ == 0) at_system_call(t);
  } else if (status >> 16 == 0 && signal == SIGSEGV && is_access(t)) {
    if (++accesses_ == n) return true;
    execute_access(t);
  } else {
    resume(t, status >> 16 == 0 ? signal : 0);
    return false;
  }
  resume(t);
  return false;
}

void access_stepper::resume(pid_t t, int signal) {
  threads_[t].stopped = false;
  std::erase_if(held_, [&](const auto& h) { return h.first == t && syscall(SYS_tgkill, pid_, t, h.second) == 0; });
  ptrace(segment_ == 0 ? PTRACE_SYSCALL : PTRACE_CONT, t, nullptr, signal);
}

// Notices the mapping of the segment, the one shared and writable mapping of a file that has more than a page.
void access_stepper::at_system_call(pid_t t) {
  __ptrace_syscall_info info{};
  ptrace(PTRACE_GET_SYSCALL_INFO, t, sizeof info, &info);
  thread& state = threads_[t];
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
    state.call = info.entry.nr;
    state.size = info.entry.args[1];
    state.flags = info.entry.args[3];
    return;
  }
  if (info.op != PTRACE_SYSCALL_INFO_EXIT || state.call != SYS_mmap || info.exit.is_error || (state.flags & 0xf) != MAP_SHARED || (state.flags & MAP_ANONYMOUS) != 0) return;
  static const std::uintptr_t expected = segment::size_for({});
  if (state.size != expected) return;
  segment_ = static_cast<std::uintptr_t>(info.exit.rval);
  size_ = state.size;
  syscall_at_ = registers(t).rip - 2;
  protect(t, PROT_NONE);
}

bool access_stepper::is_access(pid_t t) const {
  siginfo_t info{};
  ptrace(PTRACE_GETSIGINFO, t, nullptr, &info);
  const auto at = reinterpret_cast<std::uintptr_t>(info.si_addr);
  return at >= segment_ && at < segment_ + size_;
}

// False: the thread, or all of the program, has ended.
bool access_stepper::wait_for(pid_t t, int& status) {
  while (waitpid(t, &status, __WALL) == -1) {
    if (errno != EINTR) return false;
  }
  return WIFSTOPPED(status);
}

void access_stepper::stop_others(pid_t t) {
  for (auto& [other, state] : threads_) {
    if (other == t || state.stopped) continue;
    ptrace(PTRACE_INTERRUPT, other, nullptr, nullptr);
    int status;
    if (waitpid(other, &status, __WALL) != other) continue;
    state.stopped = true;
    deferred_.emplace_back(other, status);
  }
}

void access_stepper::execute_access(pid_t t) {
  stop_others(t);
  protect(t, PROT_READ | PROT_WRITE);
  step(t);
  protect(t, PROT_NONE);
}

// One instruction of t. Signals that come meanwhile are for later.
void access_stepper::step(pid_t t) {
  for (;;) {
    int status;
    ptrace(PTRACE_SINGLESTEP, t, nullptr, nullptr);
    if (!wait_for(t, status)) throw std::runtime_error("the program ended during an access");
    if (status >> 16 != 0) continue;
    const int signal = WSTOPSIG(status);
    if (signal == SIGTRAP) return;
    if (signal == SIGSEGV) throw std::runtime_error("an access faults although its page is there");
    held_.emplace_back(t, signal);
  }
}

// Has t call mprotect on the segment, all others being stopped.
void access_stepper::protect(pid_t t, int rights) {
  const user_regs_struct saved = registers(t);
  user_regs_struct r = saved;
  r.rip = syscall_at_;
  r.rax = SYS_mprotect;
  r.orig_rax = static_cast<unsigned long long>(-1); // no system call to be restarted
  r.rdi = segment_;
  r.rsi = size_;
  r.rdx = static_cast<unsigned long long>(rights);
  ptrace(PTRACE_SETREGS, t, nullptr, &r);
  step(t);
  if (const auto result = static_cast<long>(registers(t).rax); result != 0) throw std::runtime_error("mprotect in the program returned " + std::to_string(result));
  ptrace(PTRACE_SETREGS, t, nullptr, &saved);
}

void access_stepper::kill_now() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  while (waitpid(-pid_, nullptr, __WALL) > 0 || errno == EINTR) {
  }
  pid_ = 0;
}

}  // namespace ringcall::kill
