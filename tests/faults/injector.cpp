#include "injector.hpp"

#include "system.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <chrono>
#include <filesystem>

extern char** environ;

namespace ringcall::test {
namespace {

constexpr int hand_over = 1000; // the descriptor over which the child sends its listener

sock_filter load(std::size_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset)); }
sock_filter answer(__u32 action) { return BPF_STMT(BPF_RET | BPF_K, action); }
// Goes on with the next statement if the comparison holds, else over so many.
sock_filter unless(__u16 comparison, __u32 value, __u8 over) { return BPF_JUMP(static_cast<__u16>(BPF_JMP | comparison | BPF_K), value, 0, over); }

std::size_t argument(unsigned i) { return offsetof(seccomp_data, args) + 8 * i; }

std::vector<sock_filter> make_filter(const std::vector<watched>& calls) {
  const sock_filter number = load(offsetof(seccomp_data, nr)), tell = answer(SECCOMP_RET_USER_NOTIF), pass = answer(SECCOMP_RET_ALLOW);
  std::vector<sock_filter> f{number, unless(BPF_JEQ, __NR_sendmsg, 3), load(argument(0)), unless(BPF_JEQ, hand_over, 1), pass};
  for (const watched& w : calls) {
    f.push_back(number);
    const auto one_of = [&](__u16 comparison, bool wanted) {
      f.insert(f.end(), {unless(BPF_JEQ, static_cast<__u32>(w.number), 3), load(argument(w.argument)), unless(comparison, w.value, 1), wanted ? tell : pass});
      // What follows is for the same number too, whose argument is not as compared.
      if (!wanted) f.insert(f.end(), {number, unless(BPF_JEQ, static_cast<__u32>(w.number), 1), tell});
    };
    switch (w.when) {
      case watched::always:
      case watched::on_socket: f.insert(f.end(), {unless(BPF_JEQ, static_cast<__u32>(w.number), 1), tell}); break;
      case watched::above: one_of(BPF_JGT, true); break;
      case watched::equal: one_of(BPF_JEQ, true); break;
      case watched::has_bits: one_of(BPF_JSET, true); break;
      case watched::lacks_bits: one_of(BPF_JSET, false); break;
    }
  }
  f.push_back(pass);
  return f;
}

int listen_to_filter(const std::vector<sock_filter>& f) noexcept {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  const sock_fprog program{static_cast<unsigned short>(f.size()), const_cast<sock_filter*>(f.data())};
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

bool send_descriptor(int socket, int descriptor) noexcept {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
  return sendmsg(socket, &message, 0) == 1;
}

unique_fd receive_descriptor(int socket) {
  char byte;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&message) == nullptr) throw std::runtime_error("the program under injection could not be started");
  int descriptor;
  std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
  return unique_fd(descriptor);
}

}  // namespace

std::string injector::unavailable() {
  const pid_t child = checked(fork(), "fork");
  if (child == 0) _exit(listen_to_filter({answer(SECCOMP_RET_ALLOW)}) == -1 ? errno : 0);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : std::string("seccomp gives no listener here: ") + std::strerror(WEXITSTATUS(status));
}

injector::injector(std::vector<std::string> command, std::vector<std::string> environment, std::vector<watched> calls, const std::string& log)
    : calls_(std::move(calls)), stop_(checked(eventfd(0, EFD_CLOEXEC), "eventfd")) {
  const std::vector<sock_filter> filter = make_filter(calls_);
  std::vector<char*> words, variables;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  for (char** v = environ; *v != nullptr; ++v) variables.push_back(*v);
  for (auto& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);
  int in[2], out[2], hand[2];
  checked(pipe2(in, O_CLOEXEC), "pipe");
  checked(pipe2(out, O_CLOEXEC), "pipe");
  checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, hand), "socketpair");
  const unique_fd their_in(in[0]), their_out(out[1]), hand_ours(hand[0]), said(checked(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), "the log"));
  unique_fd hand_theirs(hand[1]);
  input_.reset(in[1]);
  output_.reset(out[0]);
  pid_ = checked(fork(), "fork");
  if (pid_ == 0) { // only what is safe in a signal handler
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(their_in.get(), 0);
    dup2(their_out.get(), 1);
    dup2(said.get(), 2);
    dup3(hand_theirs.get(), hand_over, O_CLOEXEC);
    const int listener = listen_to_filter(filter);
    if (listener == -1 || !send_descriptor(hand_over, listener)) _exit(126);
    execve(words[0], words.data(), variables.data());
    _exit(127);
  }
  hand_theirs.reset();
  listener_ = receive_descriptor(hand_ours.get());
  thread_ = std::thread([this] { supervise(); });
}

injector::~injector() {
  if (!status_) {
    kill(pid_, SIGKILL);
    wait(-1);
  }
  const std::uint64_t one = 1;
  if (write(stop_.get(), &one, sizeof one) == sizeof one) thread_.join();
}

void injector::arm(std::uint64_t n, std::size_t choice) { arm_from(-1, n, choice); }

void injector::arm_from(int number, std::uint64_t n, std::size_t choice) {
  const std::lock_guard lock(mutex_);
  n_ = n;
  seen_ = 0;
  choice_ = choice;
  from_ = number;
  fault_.reset();
}

void injector::only(std::string executable) {
  const std::lock_guard lock(mutex_);
  only_ = std::filesystem::canonical(executable);
}

injector::result injector::disarm() {
  const std::lock_guard lock(mutex_);
  const bool reached = seen_ >= n_;
  n_ = 0;
  return {fault_, reached};
}

std::optional<int> injector::wait(int timeout_ms) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!status_) {
    int status;
    const pid_t ended = waitpid(pid_, &status, timeout_ms == -1 ? 0 : WNOHANG);
    if (ended == pid_) status_ = status;
    if (ended == 0 && std::chrono::steady_clock::now() > limit) break;
    if (ended == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return status_;
}

bool injector::counts(const watched& w, pid_t thread, std::uint64_t first_argument) {
  const auto target = [&](const std::string& link) {
    char text[4096];
    const ssize_t size = readlink(("/proc/" + std::to_string(thread) + "/" + link).c_str(), text, sizeof text);
    return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  };
  if (w.when == watched::on_socket && !target("fd/" + std::to_string(first_argument)).starts_with("socket:")) return false;
  return only_.empty() || target("exe") == only_;
}

// The error with which the call fails; 0: it passes.
int injector::decide(const watched& w, pid_t thread, std::uint64_t first_argument) {
  const std::lock_guard lock(mutex_);
  if (n_ == 0 || !counts(w, thread, first_argument)) return 0;
  if (from_ != -1 && from_ != w.number) return 0;
  from_ = -1;
  if (++seen_ != n_ || choice_ >= w.errors.size()) return 0;
  fault_ = injected{&w, w.errors[choice_]};
  return fault_->error;
}

void injector::supervise() {
  for (;;) {
    pollfd fds[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) == -1) continue;
    if (fds[1].revents != 0) return;
    if ((fds[0].revents & POLLIN) == 0) { // the program has ended
      fds[0].fd = -1;
      while (poll(fds, 2, -1) == -1) {
      }
      return;
    }
    seccomp_notif request{};
    if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &request) == -1) continue; // interrupted, it will come again
    const watched* call = nullptr;
    for (const watched& w : calls_) {
      if (w.number == request.data.nr) call = &w;
    }
    seccomp_notif_resp response{};
    response.id = request.id;
    const int error = decide(*call, static_cast<pid_t>(request.pid), request.data.args[0]);
    response.error = -error;
    if (error == 0) response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0) continue;
    const std::lock_guard lock(mutex_); // a signal came first: the call is made anew, or not at all
    if (error != 0) fault_.reset();
    if (seen_ != 0) --seen_;
  }
}

}  // namespace ringcall::test
