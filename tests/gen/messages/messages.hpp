#pragma once

#include <ringcall/interface.hpp>

namespace messages {

enum class role : std::uint8_t { guest = 1, member = 2 };

struct place {
  double latitude, longitude;
};

struct address {
  std::string_view street;
  std::optional<place> where;
};

// What is known of somebody.
struct person {
  std::string_view name;
  role what; // may change
  std::uint32_t age;
  std::span<const std::byte> picture;
  std::span<const place> visited;
  ringcall::sequence<std::string_view> nicknames;
  ringcall::sequence<address> homes;
  std::optional<address> work;
  bool active;
  std::array<std::uint16_t, 3> code;
};

// Owned by the answer that it goes into.
struct summary {
  std::string text;
  std::vector<std::string> words;
  std::vector<place> places;
  std::optional<std::string> street;
  std::uint64_t size;
};

class RINGCALL_SERVICE people {
 public:
  virtual ~people() = default;
  RINGCALL_METHOD(1) virtual summary sum_up(const person& who) = 0;
  RINGCALL_METHOD(2) virtual person echo(const person& who) = 0;
  RINGCALL_METHOD(3) virtual std::vector<summary> all(ringcall::sequence<person> people, std::uint32_t from) = 0;
  RINGCALL_METHOD(4) virtual std::optional<summary> first(ringcall::sequence<person> people) = 0;
};

}  // namespace messages
