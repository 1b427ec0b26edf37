// Observers of a real server: what they see, what they may change, and that nobody is harmed or kept waiting by one.

#include "observer.hpp"
#include "server_process.hpp"

#include "system.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <list>
#include <memory>
#include <thread>

using namespace ringcall;
using namespace ringcall::test;

namespace {

std::string refusal(const std::string& path) {
  try {
    observer o(path);
    return {};
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

bool adds(client& c, std::int32_t a) { return c.call(add, pair_request{a, 1}).as<std::int64_t>() == a + 1; }

// A process that observes with a lease until it is killed.
class observing_process {
 public:
  observing_process(const std::string& path, std::uint64_t every) {
    int ends[2];
    checked(pipe2(ends, O_CLOEXEC), "pipe2");
    const unique_fd ready(ends[0]);
    unique_fd told(ends[1]);
    pid_ = checked(fork(), "fork");
    if (pid_ == 0) {
      try {
        observer o(path);
        const char byte = o.tell(RINGCALL_COMMAND_SAMPLE, every).status == 0;
        [[maybe_unused]] ssize_t n = write(told.get(), &byte, 1);
        for (;;) pause();
      } catch (...) {
      }
      _exit(1);
    }
    told.reset();
    char byte = 0;
    leased = read(ready.get(), &byte, 1) == 1 && byte == 1;
  }
  ~observing_process() { end(); }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  bool leased = false;

 private:
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("an observer sees the server, its options and its methods") {
  options o;
  o.channels_max = 7;
  running_server s(o);
  observer seen(s.path);
  const ringcall_stats_header& h = seen.header();
  CHECK(h.magic == RINGCALL_STATS_MAGIC);
  CHECK(h.size == seen.memory.get_size());
  CHECK(h.pid == getpid());
  CHECK(h.channel_count == 7);
  CHECK(std::string(h.name) == s.path);
  CHECK(std::string(seen.stats().method(0).name) == "method " + std::to_string(add));
  CHECK(comes_true([&] { return recent(h.observers) == 1; }));
}

TEST_CASE("an observer cannot write what it sees") {
  running_server s;
  observer seen(s.path);
  const std::size_t size = seen.memory.get_size();
  CHECK((fcntl(seen.statistics.get(), F_GETFL) & O_ACCMODE) == O_RDONLY);
  CHECK(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, seen.statistics.get(), 0) == MAP_FAILED);
  CHECK(errno == EACCES);
  CHECK(mprotect(seen.memory.get_address(), size, PROT_READ | PROT_WRITE) == -1);
  CHECK(ftruncate(seen.statistics.get(), 0) == -1);
  // By /proc the same user gets a descriptor for writing. Where the kernel has the seal for that, nothing can be written through it either.
  if ((fcntl(seen.statistics.get(), F_GET_SEALS) & F_SEAL_FUTURE_WRITE) == 0) return;
  const std::string path = "/proc/self/fd/" + std::to_string(seen.statistics.get());
  const unique_fd again(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (again) {
    CHECK(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, again.get(), 0) == MAP_FAILED);
    CHECK(pwrite(again.get(), "x", 1, 0) == -1);
    CHECK(ftruncate(again.get(), 0) == -1);
    CHECK(fallocate(again.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) == -1);
  }
  CHECK(seen.header().magic == RINGCALL_STATS_MAGIC);
}

TEST_CASE("observers sample at the least of their rates, and the server goes back to its own when they have left") {
  options o;
  o.sample_every = 1000;
  running_server s(o);
  auto a = std::make_unique<observer>(s.path);
  observer b(s.path);
  const auto in_force = [&] { return recent(b.header().sample_every); };
  CHECK(in_force() == 1000);
  CHECK(a->tell(RINGCALL_COMMAND_SAMPLE, 64).value == 64);
  CHECK(b.tell(RINGCALL_COMMAND_SAMPLE, 256).value == 64);
  CHECK(b.tell(RINGCALL_COMMAND_SAMPLE, 2000).value == 64);
  a.reset();
  CHECK(comes_true([&] { return in_force() == 1000; }));
  CHECK(b.tell(RINGCALL_COMMAND_SAMPLE_BASE, 0).value == 2000);
  CHECK(b.tell(RINGCALL_COMMAND_SAMPLE, 0).value == 0);
  CHECK(recent(b.header().sample_base) == 0);
  CHECK(b.tell(RINGCALL_COMMAND_SAMPLE_BASE, 5).value == 5);
}

TEST_CASE("a lease ends with its observer's death") {
  server_process s;
  observer seen(s.path);
  observing_process other(s.path, 16);
  REQUIRE(other.leased);
  CHECK(recent(seen.header().sample_every) == 16);
  CHECK(comes_true([&] { return recent(seen.header().observers) == 2; }));
  other.end();
  CHECK(comes_true([&] { return recent(seen.header().sample_every) == 0; }));
  CHECK(comes_true([&] { return recent(seen.header().observers) == 1; }));
}

TEST_CASE("an observer changes how long either side polls") {
  running_server s;
  observer o(s.path);
  client c(s.path);
  CHECK(recent(o.header().client_spin) == RINGCALL_SPIN_OWN);
  CHECK(o.tell(RINGCALL_COMMAND_SERVER_SPIN, 12'345).value == 12'345);
  CHECK(recent(o.header().server_spin) == 12'345);
  CHECK(o.tell(RINGCALL_COMMAND_CLIENT_SPIN, 17).value == 17);
  CHECK(recent(o.header().client_spin) == 17);
  CHECK(o.tell(RINGCALL_COMMAND_CLIENT_SPIN, RINGCALL_SPIN_OWN).value == RINGCALL_SPIN_OWN);
  CHECK(adds(c, 1));
}

TEST_CASE("a command that cannot be obeyed is answered with the reason and changes nothing") {
  running_server s;
  observer o(s.path);
  const auto refused = [&](std::uint32_t kind, std::uint64_t value, const char* why) {
    const ringcall_reply r = o.tell(static_cast<ringcall_command_kind>(kind), value);
    CAPTURE(std::string(r.message));
    CHECK(r.magic == RINGCALL_REPLY_MAGIC);
    CHECK(r.status == 1);
    CHECK(std::string(r.message).find(why) != std::string::npos);
  };
  refused(77, 1, "77");
  refused(RINGCALL_COMMAND_SAMPLE, 1ull << 32, "sampling one call in 4294967296: at most 4294967295");
  refused(RINGCALL_COMMAND_SAMPLE_BASE, ~0ull, "sampling one call in");
  refused(RINGCALL_COMMAND_SERVER_SPIN, 1'000'000'001, "a server spin of 1000000001 ns: at most 1000000000 ns");
  refused(RINGCALL_COMMAND_CLIENT_SPIN, 1'000'001, "a client spin of 1000001 us: at most 1000000 us");
  refused(RINGCALL_COMMAND_CAPTURE, 100'000, "power of two");
  refused(RINGCALL_COMMAND_CAPTURE, 2ull << 30, "1 GiB");
  CHECK(recent(o.header().sample_every) == 0);
  CHECK(recent(o.header().server_spin) == 50'000);
  CHECK(recent(o.header().client_spin) == RINGCALL_SPIN_OWN);
}

TEST_CASE("the seventeenth observer is refused, and there is room again when one leaves") {
  running_server s;
  std::list<observer> all;
  for (int i = 0; i < 16; ++i) all.emplace_back(s.path);
  CHECK(refusal(s.path).find("16 observers") != std::string::npos);
  CHECK(comes_true([&] { return recent(all.front().header().observers) == 16; }));
  all.pop_back();
  CHECK(comes_true([&] { return refusal(s.path).empty(); }));
  CHECK(recent(all.front().header().refused) == 0); // of clients, of whom none was
}

TEST_CASE("observers that have left take no room, however fast others come") {
  running_server s;
  for (int i = 0; i < 200; ++i) observer o(s.path);
}

TEST_CASE("a command may come in pieces, and descriptors that come with it are dropped") {
  server_process s;
  observer o(s.path);
  const auto before = s.descriptors();
  const ringcall_command c = command(RINGCALL_COMMAND_SAMPLE, 9);
  for (std::size_t i = 0; i < sizeof c; ++i) {
    std::byte byte = reinterpret_cast<const std::byte*>(&c)[i];
    iovec data{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* m = CMSG_FIRSTHDR(&message);
    m->cmsg_level = SOL_SOCKET;
    m->cmsg_type = SCM_RIGHTS;
    m->cmsg_len = CMSG_LEN(8 * sizeof(int));
    const int fds[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    std::memcpy(CMSG_DATA(m), fds, sizeof fds);
    REQUIRE(sendmsg(o.connection.get(), &message, MSG_NOSIGNAL) == 1);
  }
  CHECK(o.receive().value == 9);
  CHECK(comes_true([&] { return s.descriptors() <= before; }));
}

TEST_CASE("an observer that talks nonsense is told so and left, and others are served") {
  running_server s;
  observer good(s.path);
  client c(s.path);
  for (std::uint32_t seed = 1; seed < 50; ++seed) {
    observer bad(s.path);
    REQUIRE(bad.tell(RINGCALL_COMMAND_SAMPLE, seed).status == 0);
    std::array<std::uint32_t, 100> nonsense;
    for (std::size_t i = 0; i < nonsense.size(); ++i) nonsense[i] = seed * 2654435761u + static_cast<std::uint32_t>(i);
    [[maybe_unused]] const ssize_t n = ::send(bad.connection.get(), nonsense.data(), sizeof nonsense, MSG_NOSIGNAL);
    const ringcall_reply r = bad.receive();
    CHECK((r.magic == 0 || r.status == 1)); // what was sent and not read may cost the reply
    CHECK(reads_end(bad.connection.get()));
  }
  CHECK(good.tell(RINGCALL_COMMAND_SAMPLE, 3).value == 3);
  CHECK(adds(c, 1));
  CHECK(comes_true([&] { return recent(good.header().observers) == 1; }));
}

TEST_CASE("observers that never read keep nobody from attaching, and get their replies once they do") {
  running_server s;
  std::list<observer> deaf;
  std::vector<std::size_t> sent;
  const ringcall_command c = command(RINGCALL_COMMAND_SAMPLE, 8);
  for (int i = 0; i < 15; ++i) {
    observer& o = deaf.emplace_back(s.path);
    std::size_t n = 0;
    for (int idle = 0; idle < 20;) { // until neither side takes any more
      const ssize_t took = ::send(o.connection.get(), reinterpret_cast<const char*>(&c) + n % sizeof c, sizeof c - n % sizeof c, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (took > 0) {
        n += static_cast<std::size_t>(took);
        idle = 0;
      } else {
        ++idle;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    sent.push_back(n / sizeof c);
  }
  for (int i = 0; i < 50; ++i) {
    client fresh(s.path);
    REQUIRE(adds(fresh, i));
  }
  observer good(s.path);
  CHECK(good.tell(RINGCALL_COMMAND_SAMPLE, 4).value == 4);
  for (std::size_t i = 0; i < sent[0]; ++i) {
    const ringcall_reply r = deaf.front().receive();
    REQUIRE(r.magic == RINGCALL_REPLY_MAGIC);
    REQUIRE(r.status == 0);
  }
}

TEST_CASE("clients attach and call while observers come, talk and go") {
  running_server s;
  std::atomic<bool> over{false};
  std::atomic<int> told{0};
  std::thread observers([&] {
    for (std::uint64_t i = 0; !over; ++i) {
      observer a(s.path), b(s.path);
      a.tell(RINGCALL_COMMAND_SAMPLE, i % 7);
      b.tell(RINGCALL_COMMAND_SERVER_SPIN, i % 100'000);
      told += 2;
    }
  });
  int called = 0;
  for (; called < 200 || told < 100; ++called) {
    client c(s.path);
    REQUIRE(adds(c, called));
  }
  over = true;
  observers.join();
  CHECK(called >= 200);
}

TEST_CASE("draining ends the observers' connections, and what they have mapped stays") {
  running_server s;
  observer o(s.path);
  client c(s.path);
  REQUIRE(adds(c, 1));
  CHECK(s.stop() == 0);
  CHECK(reads_end(o.connection.get()));
  CHECK(recent(o.header().draining) == 1);
  CHECK(recent(o.header().observers) == 0);
  CHECK(o.header().magic == RINGCALL_STATS_MAGIC);
}
