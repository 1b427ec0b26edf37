#pragma once
// Types as a user's header has them, and what ringcall-gen would add.

#include "ringcall/interface.hpp"
#include "ringcall/wire.hpp"

namespace sample {

enum class side : std::uint8_t { buy = 1, sell = 2 };

struct quote {
  double price;
  std::int64_t size;
  side which;
  ringcall::fixed_text<12> symbol;
};

struct flags {
  std::uint32_t number;
  bool up;
  bool each[2];
};

struct person {
  std::string_view name;
  std::uint8_t age;
  std::optional<std::string_view> mail;
  quote last;
  std::uint16_t codes[3];
  std::optional<flags> marks;
};

// person's head as C has it.
struct extent {
  std::uint32_t size, count;
};
struct optional_extent {
  std::uint8_t present;
  extent value;
};
struct optional_flags {
  std::uint8_t present;
  flags value;
};
struct person_head {
  extent name;
  std::uint8_t age;
  optional_extent mail;
  quote last;
  std::uint16_t codes[3];
  optional_flags marks;
};

struct team {
  std::string_view name;
  ringcall::sequence<person> members;
  std::span<const std::byte> badge;
};

// The same as a result that owns what is in it.
struct owned_person {
  std::string name;
  std::uint8_t age;
  std::optional<std::string> mail;
  quote last;
  std::uint16_t codes[3];
  std::optional<flags> marks;
};

}  // namespace sample

template <>
inline constexpr std::array<std::uint32_t, 3> ringcall::bool_offsets<sample::flags>{4, 5, 6};

template <>
struct ringcall::wire::codec<::sample::person>
    : struct_codec<::sample::person, &::sample::person::name, &::sample::person::age, &::sample::person::mail, &::sample::person::last, &::sample::person::codes, &::sample::person::marks> {};
template <>
struct ringcall::wire::codec<::sample::team> : struct_codec<::sample::team, &::sample::team::name, &::sample::team::members, &::sample::team::badge> {};
template <>
struct ringcall::wire::codec<::sample::owned_person>
    : struct_codec<::sample::owned_person, &::sample::owned_person::name, &::sample::owned_person::age, &::sample::owned_person::mail, &::sample::owned_person::last,
                   &::sample::owned_person::codes, &::sample::owned_person::marks> {};
