#pragma once
// What may lie in a record, and how it is copied out of memory that the peer may change meanwhile.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <type_traits>

namespace ringcall {

// What may lie in a record: bytes that mean the same in both processes.
template <class T>
concept record_type = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> && !std::is_pointer_v<T> && alignof(T) <= 16;

template <class T>
concept record_or_void = record_type<T> || std::is_void_v<T>;

// Bytes of a T in a record; void takes none.
template <class T>
inline constexpr std::size_t record_size = sizeof(T);
template <>
inline constexpr std::size_t record_size<void> = 0;

// Offsets of the bools in a T. A hostile peer can write a 2 where a bool belongs, and a bool that is 2 is undefined behaviour: these bytes are
// made 0 or 1 before the object is. Generated code specialises it for structs that hold bools.
template <class T>
inline constexpr std::array<std::uint32_t, 0> bool_offsets{};
template <>
inline constexpr std::array<std::uint32_t, 1> bool_offsets<bool>{0};

struct byte_range {
  std::uint32_t offset;
  std::uint32_t size;
};

// Bytes of a T that belong to no field and so hold what its memory held before, an address of the stack perhaps: they are made zero in what goes to
// the peer. Generated code specialises it for structs that have some.
template <class T>
inline constexpr std::array<byte_range, 0> padding_of{};

namespace detail {

template <class T, std::size_t N>
constexpr auto repeated_bool_offsets() noexcept {
  std::array<std::uint32_t, bool_offsets<T>.size() * N> all{};
  auto* to = all.data();
  for (std::size_t i = 0; i < N; ++i) {
    for (const std::uint32_t at : bool_offsets<T>) *to++ = static_cast<std::uint32_t>(i * sizeof(T)) + at;
  }
  return all;
}

template <class T, std::size_t N>
constexpr auto repeated_padding() noexcept {
  std::array<byte_range, padding_of<T>.size() * N> all{};
  auto* to = all.data();
  for (std::size_t i = 0; i < N; ++i) {
    for (const byte_range r : padding_of<T>) *to++ = {static_cast<std::uint32_t>(i * sizeof(T)) + r.offset, r.size};
  }
  return all;
}

}  // namespace detail

template <class T, std::size_t N>
inline constexpr auto bool_offsets<T[N]> = detail::repeated_bool_offsets<T, N>();
template <class T, std::size_t N>
inline constexpr auto bool_offsets<std::array<T, N>> = detail::repeated_bool_offsets<T, N>();

template <class T, std::size_t N>
inline constexpr auto padding_of<T[N]> = detail::repeated_padding<T, N>();
template <class T, std::size_t N>
inline constexpr auto padding_of<std::array<T, N>> = detail::repeated_padding<T, N>();

namespace detail {

// bytes: a private copy of a T.
template <class T>
void normalise_bools([[maybe_unused]] std::byte* bytes) noexcept {
  for (const std::uint32_t at : bool_offsets<T>) bytes[at] = static_cast<std::byte>(bytes[at] != std::byte{0});
}

template <class T>
void clear_ranges(std::byte* bytes) noexcept {
  for (const byte_range r : padding_of<T>) std::memset(bytes + r.offset, 0, r.size);
}

// Before a value goes to the peer. Of a struct that no generator has read the compiler knows the padding; g++ tells, clang before 21 does not.
template <record_type T>
void clear_padding([[maybe_unused]] T& value) noexcept {
  if constexpr (!padding_of<T>.empty()) {
    clear_ranges<T>(reinterpret_cast<std::byte*>(&value));
  } else {
#if __has_builtin(__builtin_clear_padding)
    __builtin_clear_padding(&value);
#endif
  }
}

// The bytes of a value of generated code, as they go to the peer.
template <record_type T>
void store(const T& value, std::byte* to) noexcept {
  if constexpr (padding_of<T>.empty()) {
    std::memcpy(to, &value, sizeof value);
  } else {
    std::byte bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof value);
    clear_ranges<T>(bytes);
    std::memcpy(to, bytes, sizeof bytes);
  }
}

// Size bytes out of memory that the peer may change: every word is read once, so what is checked is what is used. from is aligned as a multiple
// of Size from a multiple of 8 is.
template <std::size_t Size>
void copy_bytes_once(const std::byte* from, std::byte* to) noexcept {
  constexpr std::size_t step = std::gcd(Size, std::size_t{8});
  using word = std::conditional_t<step == 8, std::uint64_t, std::conditional_t<step == 4, std::uint32_t, std::conditional_t<step == 2, std::uint16_t, std::uint8_t>>>;
  for (std::size_t at = 0; at < Size; at += step) {
    const word w = std::atomic_ref(*reinterpret_cast<word*>(const_cast<std::byte*>(from + at))).load(std::memory_order_relaxed);
    std::memcpy(to + at, &w, step);
  }
}

// A T whose bytes lie in private memory.
template <record_type T>
void load_into(const std::byte* from, T& value) noexcept {
  if constexpr (bool_offsets<T>.empty()) {
    std::memcpy(static_cast<void*>(&value), from, sizeof value);
  } else {
    std::byte bytes[sizeof(T)];
    std::memcpy(bytes, from, sizeof bytes);
    normalise_bools<T>(bytes);
    std::memcpy(static_cast<void*>(&value), bytes, sizeof value);
  }
}

template <record_type T>
T load(const std::byte* from) noexcept {
  T value;
  load_into(from, value);
  return value;
}

// A T out of memory that the peer may change.
template <record_type T>
T copy_once(const std::byte* from) noexcept {
  alignas(8) std::byte bytes[sizeof(T)];
  copy_bytes_once<sizeof(T)>(from, bytes);
  return load<T>(bytes);
}

// What stands for a void where a value is needed.
struct nothing {};
template <class T>
using value_of = std::conditional_t<std::is_void_v<T>, nothing, T>;

template <record_or_void T>
value_of<T> copy_request(const std::byte* from) noexcept {
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return copy_once<T>(from);
  }
}

// The handler's answer to a request, either of which may be nothing.
template <class Answer, class Request, class F>
value_of<Answer> call(F& f, const Request& request) {
  if constexpr (std::is_same_v<Request, nothing> && std::is_void_v<Answer>) {
    f();
    return {};
  } else if constexpr (std::is_same_v<Request, nothing>) {
    return f();
  } else if constexpr (std::is_void_v<Answer>) {
    f(request);
    return {};
  } else {
    return f(request);
  }
}

}  // namespace detail
}  // namespace ringcall
