#pragma once
// A ring over heap memory with verbs that corrupt it.

#include "ringcall/ring.hpp"

#include <cstring>
#include <stdexcept>
#include <vector>

namespace ringcall::test {

struct heap_ring {
  explicit heap_ring(std::uint32_t count = 8, std::uint32_t stride = RINGCALL_STRIDE_SMALL, std::uint64_t start = 0)
      : memory((count + 2) * RINGCALL_STRIDE_LARGE / 8), view(aligned(), count, stride), client(view, start), server(view, start) {}

  std::byte* aligned() {
    auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    return reinterpret_cast<std::byte*>((address + 63) & ~std::uintptr_t{63});
  }

  std::uint64_t word_at(std::uint64_t position) { return slots::word(view.at(position)).load(); }
  void set_word(std::uint64_t position, std::uint64_t word) { slots::word(view.at(position)).store(word); }

  // Puts a request whose record is value.
  void put(std::uint64_t value, std::uint16_t id = 0, std::uint16_t method = 1) {
    std::memcpy(client.posted.next(), &value, sizeof value);
    client.posted.put(method, id, 0, sizeof value);
  }
  void post(std::uint64_t value, std::uint16_t id = 0) {
    put(value, id);
    client.posted.publish();
  }
  // Takes the whole run that is there: its records.
  std::vector<record> take() {
    std::vector<record> records(server.taken.look());
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      if (server.taken.copy(i, records[i]) != RINGCALL_VIOLATION_NONE) throw std::runtime_error("violation");
    }
    server.taken.advance(static_cast<std::uint32_t>(records.size()));
    return records;
  }
  void answer(const record& r, std::uint64_t value) {
    std::memcpy(server.answered.next(), &value, sizeof value);
    server.answered.put(RINGCALL_OK, r.id, 0, sizeof value);
  }
  std::vector<record> reap() {
    std::vector<record> records(client.reaped.look());
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      if (client.reaped.copy(i, records[i]) != RINGCALL_VIOLATION_NONE) throw std::runtime_error("violation");
    }
    client.reaped.advance(static_cast<std::uint32_t>(records.size()));
    return records;
  }

  std::vector<std::uint64_t> memory;
  slots view;
  producer client;
  consumer server;
};

inline std::uint64_t value_of(const record& r) {
  std::uint64_t value;
  std::memcpy(&value, r.bytes, sizeof value);
  return value;
}

}  // namespace ringcall::test
