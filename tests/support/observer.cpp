#include "observer.hpp"

#include "system.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>

namespace ringcall::test {
namespace {

struct mappable {
  int fd;
  boost::interprocess::mapping_handle_t get_mapping_handle() const noexcept { return {fd, false}; }
};

}  // namespace

ringcall_hello observer_hello() noexcept {
  ringcall_hello h = good_hello();
  h.kind = RINGCALL_HELLO_OBSERVE;
  return h;
}

ringcall_command command(ringcall_command_kind kind, std::uint64_t value) noexcept { return {RINGCALL_COMMAND_MAGIC, kind, value, {}}; }

observer::observer(unique_fd c) : connection(std::move(c)) {
  const ringcall_hello h = observer_hello();
  welcomed w = say_hello(connection.get(), &h, sizeof h);
  if (!w.descriptor) throw std::runtime_error(std::string("observing refused: ") + w.message.message);
  statistics = std::move(w.descriptor);
  memory = boost::interprocess::mapped_region(mappable{statistics.get()}, boost::interprocess::read_only, 0, w.message.segment_size);
}

void observer::send(const void* bytes, std::size_t size) {
  if (::send(connection.get(), bytes, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) throw_errno("sending a command");
}

ringcall_reply observer::tell(ringcall_command_kind kind, std::uint64_t value) {
  const ringcall_command c = command(kind, value);
  send(&c, sizeof c);
  ringcall_reply r = receive();
  captures_.clear();
  if (attached) {
    struct stat st;
    checked(fstat(attached.get(), &st), "fstat");
    capture_ = boost::interprocess::mapped_region(mappable{attached.get()}, boost::interprocess::read_write, 0, static_cast<std::size_t>(st.st_size));
    auto* base = static_cast<std::byte*>(capture_.get_address());
    const std::uint32_t parts = reinterpret_cast<ringcall_capture*>(base)->parts;
    const std::size_t part_size = capture_.get_size() / parts;
    for (std::uint32_t i = 0; i < parts; ++i) captures_.emplace_back(reinterpret_cast<ringcall_capture*>(base + i * part_size));
  }
  return r;
}

ringcall_reply observer::receive() {
  ringcall_reply r{};
  attached.reset();
  for (std::size_t got = 0; got < sizeof r;) {
    pollfd p{connection.get(), POLLIN, 0};
    if (poll(&p, 1, 30'000) != 1) throw std::runtime_error("no reply within 30 s");
    iovec data{reinterpret_cast<char*>(&r) + got, sizeof r - got};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(connection.get(), &message, MSG_CMSG_CLOEXEC);
    if (n <= 0) return {};
    got += static_cast<std::size_t>(n);
    if (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr && c->cmsg_type == SCM_RIGHTS) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
      attached.reset(fd);
    }
  }
  return r;
}

std::vector<captured_call> observer::captured() {
  std::vector<captured_call> all;
  for (capture_reader& c : captures_) {
    for (captured_call& call : c.read()) all.push_back(std::move(call));
  }
  return all;
}

std::uint64_t observer::dropped() const {
  std::uint64_t sum = 0;
  for (const capture_reader& c : captures_) sum += c.dropped();
  return sum;
}

}  // namespace ringcall::test
