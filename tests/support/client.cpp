#include "client.hpp"

#include "counter.hpp"
#include "cpu.hpp"
#include "doorbell.hpp"
#include "system.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <stdexcept>
#include <thread>

namespace ringcall::test {

unique_fd connect_to(const std::string& path) {
  unique_fd connection(checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  checked(connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "connect");
  return connection;
}

ringcall_hello good_hello() noexcept {
  ringcall_hello h{};
  h.magic = RINGCALL_HELLO_MAGIC;
  h.abi_version = RINGCALL_ABI_VERSION;
  h.size = sizeof h;
  h.kind = RINGCALL_HELLO_ATTACH;
  return h;
}

welcomed say_hello(int connection, const void* bytes, std::size_t size) {
  welcomed w;
  if (size != 0 && send(connection, bytes, size, MSG_NOSIGNAL) == -1 && errno != EPIPE) throw_errno("sending hello");
  std::size_t got = 0;
  while (got < sizeof w.message) {
    pollfd p{connection, POLLIN, 0};
    if (poll(&p, 1, 30'000) != 1) break;
    iovec data{reinterpret_cast<char*>(&w.message) + got, sizeof w.message - got};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (n <= 0) {
      w.closed = true;
      break;
    }
    got += static_cast<std::size_t>(n);
    if (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr && c->cmsg_type == SCM_RIGHTS) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
      w.descriptor.reset(fd);
    }
  }
  return w;
}

bool reads_end(int connection, int timeout_ms) {
  for (;;) {
    pollfd p{connection, POLLIN, 0};
    if (poll(&p, 1, timeout_ms) != 1) return false;
    char bytes[64];
    if (recv(connection, bytes, sizeof bytes, 0) <= 0) return true;
  }
}

namespace {

segment attach(int connection) {
  const ringcall_hello h = good_hello();
  welcomed w = say_hello(connection, &h, sizeof h);
  if (!w.descriptor) throw std::runtime_error(std::string("attach refused: ") + w.message.message);
  return segment::open(std::move(w.descriptor), w.message.segment_size);
}

}  // namespace

client::client(const std::string& path) : connection(connect_to(path)), memory(attach(connection.get())), ring(memory.ring(), 0) {}

client::client(segment m, unique_fd c) : connection(std::move(c)), memory(std::move(m)), ring(memory.ring(), 0) {}

void client::put(std::uint16_t method, std::span<const std::byte> bytes, std::uint32_t deadline) {
  put_raw(method, bytes.data(), bytes.size(), static_cast<std::uint32_t>(bytes.size()), deadline);
}

void client::put_raw(std::uint16_t method, const void* bytes, std::size_t size, std::uint32_t shape, std::uint32_t deadline) {
  if (size != 0) std::memcpy(ring.posted.next(), bytes, size);
  ring.posted.put(method, choose_id(), deadline, shape);
}

std::uint16_t client::choose_id() noexcept {
  const std::uint16_t id = next_id++;
  if (sample_every == 0) return id;
  next_id = static_cast<std::uint16_t>(next_id % memory.ring().count());
  if (++since_sample_ < sample_every) return id;
  since_sample_ = 0;
  ++sampled;
  to_stamp_.push_back(id | RINGCALL_ID_SAMPLED);
  return id | RINGCALL_ID_SAMPLED;
}

void client::publish() {
  const std::uint64_t position = ring.posted.position();
  for (const std::uint16_t id : to_stamp_) set(times(id).posted, cpu::stamp());
  to_stamp_.clear();
  const std::uint32_t count = ring.posted.publish();
  // PAIR want-request: with the fence in channel::arm.
  doorbell::fence();
  if (crosses(position, count, std::atomic_ref(memory.control().want_request).load(std::memory_order_relaxed))) doorbell::ring(connection.get());
}

void client::ack(const ringcall_arena_ref& ref) {
  auto& region = *reinterpret_cast<ringcall_region*>(memory.base() + ref.offset - sizeof(ringcall_region));
  // PAIR region-acked: with the acquire in answer_arena::reclaim.
  std::atomic_ref(region.ack).store(ref.ticket, std::memory_order_release);
  // PAIR ack-wanted: with the fence in channel::send_waiting.
  doorbell::fence();
  if (std::atomic_ref(memory.control().want_ack).load(std::memory_order_relaxed) != 0) doorbell::ring(connection.get());
}

std::vector<reply> client::reap() {
  std::vector<reply> replies;
  const std::uint32_t count = ring.reaped.look();
  if (count > RINGCALL_RUN_MAX || count > ring.outstanding()) throw std::runtime_error("the server published a run that is too long");
  for (std::uint32_t i = 0; i < count; ++i) {
    record r;
    if (ring.reaped.copy(i, r) != RINGCALL_VIOLATION_NONE) throw std::runtime_error("the server broke a rule");
    if (sample_every != 0 && (r.id & RINGCALL_ID_SAMPLED) != 0) set(times(r.id).observed, cpu::stamp());
    reply out{r.code, r.id, r.detail, {}};
    if (r.shape == RINGCALL_SHAPE_ARENA) {
      ringcall_arena_ref ref;
      std::memcpy(&ref, r.bytes, sizeof ref);
      if (!memory.answer_arena().contains(ref.offset, ref.size)) throw std::runtime_error("an answer outside its arena");
      out.bytes.assign(memory.base() + ref.offset, memory.base() + ref.offset + ref.size);
      keep_regions ? regions.push_back(ref) : ack(ref);
    } else {
      out.bytes.assign(r.bytes, r.bytes + r.shape);
    }
    replies.push_back(std::move(out));
  }
  ring.reaped.advance(count);
  return replies;
}

std::vector<reply> client::await(std::size_t count) {
  std::vector<reply> all;
  const std::uint64_t limit = monotonic_ns() + 10'000'000'000u;
  while (all.size() < count && monotonic_ns() < limit) {
    auto some = reap();
    if (some.empty()) {
      if (std::atomic_ref(memory.header().server.state).load(std::memory_order_acquire) != RINGCALL_STATE_OPEN && ring.reaped.look() == 0) break;
      std::this_thread::yield();
    }
    for (reply& r : some) all.push_back(std::move(r));
  }
  return all;
}

}  // namespace ringcall::test
