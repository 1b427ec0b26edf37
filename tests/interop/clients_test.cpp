// What a server knows of its clients: who calls, when one has gone for good, which interface it expects.

#include "running_server.hpp"

#include "ringcall/handles.hpp"

#include "cpu.hpp"
#include "handshake.hpp"
#include "system.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <map>
#include <memory>
#include <mutex>
#include <system_error>

using namespace ringcall;
using namespace ringcall::test;

namespace {

enum : std::uint16_t { who = 100, who_worker, create, poke, free_object, wait_worker };

struct thing {
  explicit thing(std::uint64_t v) : value(v) { ++alive; }
  ~thing() { --alive; }
  std::uint64_t value;
  static inline std::atomic<int> alive{0};
};

// A server that keeps objects for its clients and notes who went.
struct keeper {
  explicit keeper(options o = {})
      : server(o, [this](ringcall::server& s) { set_up(s); }) {}

  void set_up(ringcall::server& s) {
    s.on_gone([](client_info) { throw std::runtime_error("as it happens"); });
    things = std::make_unique<handles<thing>>(s);
    s.on_gone([this](client_info c) { // after the handles' own
      const std::lock_guard lock(mutex);
      ++gone[c.id];
      pids[c.id] = c.pid;
      left_then[c.id] = thing::alive;
      running_then = running;
    });
    s.on<void, number>(who, [] { return number{caller().id}; });
    s.on<void, client_info>(who_worker, [] { return caller(); }, on_worker);
    s.on<number, number>(create, [this](const number& n) { return number{things->create(n.value)}; });
    s.on<number, number>(poke, [this](const number& n) { return number{things->get(n.value)->value}; }, on_worker);
    s.on<number, void>(free_object, [this](const number& n) { things->free(n.value); });
    s.on<number, number>(wait_worker, [this](const number& n) {
      ++running;
      server.workers_gate.open_up_to.wait(0);
      --running;
      return n;
    }, on_worker);
  }

  int times_gone(std::uint64_t id) {
    const std::lock_guard lock(mutex);
    return gone[id];
  }
  pid_t pid_of(std::uint64_t id) {
    const std::lock_guard lock(mutex);
    return pids[id];
  }
  int left_when_gone(std::uint64_t id) {
    const std::lock_guard lock(mutex);
    return left_then[id];
  }
  int running_at_the_end() {
    const std::lock_guard lock(mutex);
    return running_then;
  }
  // Waits until the client has gone.
  void await_gone(std::uint64_t id) {
    const std::uint64_t limit = monotonic_ns() + 10'000'000'000u;
    while (times_gone(id) == 0 && monotonic_ns() < limit) std::this_thread::yield();
  }

  std::mutex mutex;
  std::map<std::uint64_t, int> gone, left_then;
  std::map<std::uint64_t, std::int32_t> pids;
  std::atomic<int> running{0};
  int running_then = -1;
  std::unique_ptr<handles<thing>> things;
  running_server server;
};

std::uint64_t id_of(client& c) {
  c.put(who, {});
  c.publish();
  const auto r = c.await(1);
  REQUIRE(r.size() == 1);
  return r[0].as<std::uint64_t>();
}

// A process of its own, which attaches when told, has three objects made and then waits for its end.
class other_process {
 public:
  explicit other_process(const std::string& path) {
    int go[2], ready[2];
    checked(pipe(go), "pipe");
    checked(pipe(ready), "pipe");
    pid_ = checked(fork(), "fork");
    if (pid_ == 0) live(path, go[0], ready[1]);
    go_.reset(go[1]);
    ready_.reset(ready[0]);
    close(go[0]);
    close(ready[1]);
  }
  ~other_process() { kill_now(); }

  pid_t pid() const { return pid_; }
  // Its client's id.
  std::uint64_t start() {
    REQUIRE(write(go_.get(), "", 1) == 1);
    std::uint64_t id = 0;
    REQUIRE(read(ready_.get(), &id, sizeof id) == sizeof id);
    return id;
  }
  void kill_now() {
    if (pid_ == -1) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  [[noreturn]] static void live(const std::string& path, int go, int ready) {
    char byte;
    if (read(go, &byte, 1) != 1) _exit(1);
    client c(path);
    const std::uint64_t id = id_of(c);
    for (std::uint64_t i = 0; i < 3; ++i) {
      if (c.call(create, number{i}).status != RINGCALL_OK) _exit(1);
    }
    if (write(ready, &id, sizeof id) != sizeof id) _exit(1);
    for (;;) pause();
  }

  pid_t pid_;
  unique_fd go_, ready_;
};

std::string read_exactly(int connection, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t got = 0; got < size;) {
    pollfd p{connection, POLLIN, 0};
    REQUIRE(poll(&p, 1, 5000) == 1);
    const ssize_t n = recv(connection, text.data() + got, size - got, 0);
    REQUIRE(n > 0);
    got += static_cast<std::size_t>(n);
  }
  return text;
}

ringcall_hello hello_with(std::uint64_t fingerprint) {
  ringcall_hello h = good_hello();
  h.interface_fingerprint = fingerprint;
  return h;
}

}  // namespace

TEST_CASE("handlers know their client on the loop and on workers") {
  keeper k, other;
  client a(k.server.path), b(k.server.path), c(other.server.path);
  CHECK(id_of(a) != 0);
  CHECK(id_of(a) == id_of(a));
  CHECK(id_of(a) != id_of(b));
  CHECK(id_of(c) != id_of(a)); // other servers of the process have other clients
  CHECK(id_of(c) != id_of(b));
  for (client* one : {&a, &b}) {
    one->put(who_worker, {});
    one->publish();
    const auto r = one->await(1);
    REQUIRE(r.size() == 1);
    CHECK(r[0].as<client_info>().id == id_of(*one));
    CHECK(r[0].as<client_info>().pid == getpid());
    CHECK(r[0].as<client_info>().uid == geteuid());
  }
}

TEST_CASE("a client that leaves is gone once and its objects with it") {
  keeper k;
  client stays(k.server.path);
  auto leaves = std::make_unique<client>(k.server.path);
  const std::uint64_t id = id_of(*leaves);
  const number kept{stays.call(create, number{7}).as<std::uint64_t>()};
  const number lost{leaves->call(create, number{8}).as<std::uint64_t>()};
  CHECK(stays.call(poke, kept).as<std::uint64_t>() == 7);
  CHECK(leaves->call(poke, lost).as<std::uint64_t>() == 8);
  CHECK(stays.call(poke, lost).status == RINGCALL_FAILED); // not his
  CHECK(stays.call(poke, lost).detail == bad_handle);
  leaves.reset();
  k.await_gone(id);
  CHECK(k.times_gone(id) == 1);
  CHECK(k.pid_of(id) == getpid());
  CHECK(k.left_when_gone(id) == 1);
  CHECK(k.times_gone(id_of(stays)) == 0);
  CHECK(stays.call(poke, kept).as<std::uint64_t>() == 7);
  CHECK(stays.call(free_object, kept).status == RINGCALL_OK);
  CHECK(stays.call(free_object, kept).status == RINGCALL_FAILED);
  CHECK(k.things->size() == 0);
}

TEST_CASE("a client that is killed is gone once and its objects with it") {
  temporary_directory unused;
  for (int round = 0; round < 5; ++round) {
    keeper k;
    other_process p(k.server.path);
    const std::uint64_t id = p.start();
    CHECK(k.things->size() == 3);
    const pid_t pid = p.pid();
    p.kill_now();
    k.await_gone(id);
    CHECK(k.times_gone(id) == 1);
    CHECK(k.pid_of(id) == pid);
    CHECK(k.things->size() == 0);
    CHECK(thing::alive == 0);
  }
}

TEST_CASE("a client that is poisoned is gone once and its objects with it") {
  keeper k;
  client bad(k.server.path);
  const std::uint64_t id = id_of(bad);
  bad.call(create, number{1});
  bad.put_ref(echo, ringcall_arena_ref{0, 64, 0});
  bad.publish();
  k.await_gone(id);
  CHECK(k.times_gone(id) == 1);
  CHECK(thing::alive == 0);
}

TEST_CASE("clients are gone when the server stops") {
  keeper k;
  client a(k.server.path), b(k.server.path);
  const std::uint64_t first = id_of(a), second = id_of(b);
  a.call(create, number{1});
  CHECK(k.server.stop() == 0);
  CHECK(k.times_gone(first) == 1);
  CHECK(k.times_gone(second) == 1);
  CHECK(thing::alive == 0);
}

TEST_CASE("a client is not gone while a worker serves it") {
  options o;
  o.workers = 2;
  keeper k(o);
  client leaves(k.server.path), stays(k.server.path);
  const std::uint64_t id = id_of(leaves);
  for (int i = 0; i < 2; ++i) leaves.put_value(wait_worker, number{});
  leaves.publish();
  while (k.running != 2) std::this_thread::yield();
  leaves.connection.reset();
  while (std::atomic_ref(leaves.memory.header().server.state).load() != RINGCALL_STATE_CLOSED) std::this_thread::yield();
  id_of(stays); // the loop has done with that turn
  CHECK(k.times_gone(id) == 0);
  k.server.workers_gate.open(1);
  k.await_gone(id);
  CHECK(k.times_gone(id) == 1);
  CHECK(k.running_at_the_end() == 0);
}

TEST_CASE("connections that never attached were never there") {
  keeper k;
  {
    unique_fd silent = connect_to(k.server.path);
    ringcall_hello h = good_hello();
    h.abi_version = 77;
    unique_fd wrong = connect_to(k.server.path);
    say_hello(wrong.get(), &h, sizeof h);
  }
  CHECK(k.server.stop() == 0);
  CHECK(k.gone.empty());
}

TEST_CASE("the server says which interfaces it has to who asks or expects another") {
  const std::string calc = "service calc: version 1\ncalc 1: name add\n", text = "service text: version 1";
  running_server s({}, [&](server& of) {
    of.describe("calc", 5, calc);
    of.describe("text", 6, text);
    CHECK_THROWS_AS(of.describe("calc", 7, "x"), std::system_error);
    CHECK_THROWS_AS(of.describe("zero", 0, "x"), std::invalid_argument);
    CHECK_THROWS_AS(of.describe("send", RINGCALL_INTERFACE_SEND, "x"), std::invalid_argument);
    CHECK_THROWS_AS(of.describe("much", 8, std::string(RINGCALL_INTERFACE_SIZE_MAX, 'x')), std::system_error);
  });
  const std::string both = calc + text + "\n";
  for (const std::uint64_t stated : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{6}, std::uint64_t{7}, std::uint64_t{RINGCALL_INTERFACE_SEND}}) {
    CAPTURE(stated);
    const ringcall_hello h = hello_with(stated);
    unique_fd connection = connect_to(s.path);
    welcomed w = say_hello(connection.get(), &h, sizeof h);
    REQUIRE(w.message.status == RINGCALL_WELCOME_OK);
    const bool known = stated == 5 || stated == 6, sent = stated != 0 && !known;
    CHECK(w.message.interface_fingerprint == (known ? stated : 0));
    CHECK(w.message.flags == (sent ? RINGCALL_WELCOME_FLAG_INTERFACE : 0));
    REQUIRE(w.message.interface_size == (sent ? both.size() : 0));
    CHECK(read_exactly(connection.get(), w.message.interface_size) == (sent ? both : ""));
    client c(segment::open(std::move(w.descriptor), w.message.segment_size), std::move(connection));
    CHECK(c.call(add, pair_request{1, 2}).as<std::int64_t>() == 3); // what follows are bells
  }
}

TEST_CASE("a server without interfaces says so") {
  running_server s;
  const ringcall_hello h = hello_with(5);
  unique_fd connection = connect_to(s.path);
  const welcomed w = say_hello(connection.get(), &h, sizeof h);
  CHECK(w.message.flags == RINGCALL_WELCOME_FLAG_INTERFACE);
  CHECK(w.message.interface_size == 0);
  CHECK(w.message.interface_fingerprint == 0);
}

TEST_CASE("the largest description arrives whole, also through a small socket buffer") {
  interface_table interfaces;
  std::string text(RINGCALL_INTERFACE_SIZE_MAX, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  text.back() = '\n';
  interfaces.add("much", 5, text);
  const segment memory = segment::create({}, 1);
  const auto shake = [&](std::chrono::milliseconds patience, auto read_side) {
    int ends[2];
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), "socketpair");
    unique_fd server_end(ends[0]), client_end(ends[1]);
    const int small = 1;
    checked(setsockopt(server_end.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "SO_SNDBUF");
    const ringcall_hello h = hello_with(7);
    REQUIRE(send(client_end.get(), &h, sizeof h, 0) == sizeof h);
    handshake shaken(std::move(server_end), monotonic_ns() + static_cast<std::uint64_t>(std::chrono::nanoseconds(patience).count()));
    REQUIRE(shaken.read() == handshake::progress::ready);
    std::thread reader([&] { read_side(client_end.get()); });
    const unique_fd connection = shaken.welcome(memory, interfaces);
    reader.join();
    return bool(connection);
  };
  std::string got;
  CHECK(shake(std::chrono::seconds(10), [&](int connection) {
    const welcomed w = say_hello(connection, nullptr, 0);
    CHECK(w.message.interface_size == text.size());
    got = read_exactly(connection, text.size());
  }));
  CHECK(got == text);
  CHECK_FALSE(shake(std::chrono::milliseconds(50), [](int) {})); // nobody reads: given up in time
}
