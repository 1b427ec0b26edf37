#pragma once
// A small client of the ring for tests: one thread, everything in the open so that tests can break each rule.

#include "ringcall/ring.hpp"
#include "segment.hpp"
#include "unique_fd.hpp"

#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace ringcall::test {

struct reply {
  std::uint16_t status, id;
  std::uint32_t detail;
  std::vector<std::byte> bytes;

  template <class T>
  T as() const {
    T value{};
    std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
    return value;
  }
  std::string text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

// The other side's answer to a hello.
struct welcomed {
  ringcall_welcome message{};
  unique_fd descriptor;
  bool closed = false; // the connection ended before a whole welcome
};

unique_fd connect_to(const std::string& path);
ringcall_hello good_hello() noexcept;
welcomed say_hello(int connection, const void* bytes, std::size_t size);
bool reads_end(int connection, int timeout_ms = 30'000); // the peer has closed

class client {
 public:
  explicit client(const std::string& path);             // attaches to a listening server
  client(segment memory, unique_fd connection);         // over a segment made by the test

  // One record, put but not published.
  void put(std::uint16_t method, std::span<const std::byte> bytes, std::uint32_t deadline = 0);
  template <class T>
  void put_value(std::uint16_t method, const T& value, std::uint32_t deadline = 0) {
    put(method, std::as_bytes(std::span(&value, 1)), deadline);
  }
  void put_ref(std::uint16_t method, const ringcall_arena_ref& ref) { put_raw(method, &ref, sizeof ref, RINGCALL_SHAPE_ARENA); }
  void put_ref(std::uint16_t method, const ringcall_batch_ref& ref) { put_raw(method, &ref, sizeof ref, RINGCALL_SHAPE_BATCH); }
  void put_raw(std::uint16_t method, const void* bytes, std::size_t size, std::uint32_t shape, std::uint32_t deadline = 0);
  void publish();

  // The answers that are there, none if there are none. Acks what came in the arena unless keep_regions.
  std::vector<reply> reap();
  // Waits for count answers; fewer when the server closes or 10 s pass.
  std::vector<reply> await(std::size_t count);

  template <class T>
  reply call(std::uint16_t method, const T& value) {
    put_value(method, value);
    publish();
    auto replies = await(1);
    return replies.empty() ? reply{0xffff, 0, 0, {}} : std::move(replies[0]);
  }

  void ack(const ringcall_arena_ref& ref);
  std::byte* arena() const noexcept { return memory.base() + memory.request_arena().offset; }

  unique_fd connection;
  segment memory;
  producer ring;
  bool keep_regions = false;
  std::vector<ringcall_arena_ref> regions; // kept
  std::uint16_t next_id = 0;
  // Sample one call in so many, as a client does when the policy asks for it; 0: none. Ids then stay below the number of slots.
  std::uint32_t sample_every = 0;
  std::uint64_t sampled = 0; // calls so far

 private:
  std::uint16_t choose_id() noexcept;
  ringcall_times& times(std::uint16_t id) const noexcept { return memory.times()[id & ~RINGCALL_ID_SAMPLED]; }
  std::vector<std::uint16_t> to_stamp_; // put, not published
  std::uint32_t since_sample_ = 0;
};

}  // namespace ringcall::test
