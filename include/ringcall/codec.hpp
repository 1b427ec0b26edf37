#pragma once
// How each type lies in a frame: its head, its tail (FRAME.md). Generated code adds a specialisation for each message.
//
// A codec<T> has
//   head_size, head_align      of the head, as a member of a C struct
//   fixed                      a T is copied as it is and has no tail
//   read(cursor&, head)        a T: head is a private copy of its head, the cursor stands before its tail. Views point into the frame.
//                              Throws bad_frame. Owners (std::string, std::vector) have none: they are for answers.
//   tail_size(const T&)        bytes of the tail, every block rounded up to 8
//   write(writer&, at, const T&)

#include "ringcall/frame.hpp"
#include "ringcall/record.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ringcall::wire {

template <class T>
struct fixed_codec {
  static_assert(record_type<T> && alignof(T) <= 8, "this type cannot lie in a record as it is: if a header declares it, include what ringcall-gen made of that header");
  static constexpr std::size_t head_size = sizeof(T);
  static constexpr std::size_t head_align = alignof(T);
  static constexpr bool fixed = true;
  static constexpr std::size_t tail_size(const T&) noexcept { return 0; }
  static void write(writer& w, std::size_t at, const T& value) noexcept { detail::store(value, w.at(at)); }
};

template <class T>
struct codec : fixed_codec<T> {
  static T read(cursor&, const std::byte* head) noexcept { return detail::load<T>(head); }
};

template <class T, std::size_t N>
struct codec<T[N]> : fixed_codec<T[N]> {};

// A value of any kind, also an array, which no function can return.
template <class T>
void read_into(cursor& c, const std::byte* head, T& value) {
  if constexpr (codec<T>::fixed) {
    detail::load_into(head, value);
  } else {
    value = codec<T>::read(c, head);
  }
}

template <class T>
void write_from(writer& w, std::size_t at, const T& value) {
  codec<T>::write(w, at, value);
}

// Of all that has an extent.
struct extent_codec {
  static constexpr std::size_t head_size = sizeof(extent);
  static constexpr std::size_t head_align = alignof(extent);
  static constexpr bool fixed = false;

  // A block of elements that are no more than stride bytes each.
  static std::span<const std::byte> read_block(cursor& c, const std::byte* head, std::size_t stride) {
    const auto e = detail::load<extent>(head);
    if (std::uint64_t{e.count} * stride != e.size) [[unlikely]] throw_bad_extent(e, stride);
    return {c.block(e.size), e.size};
  }
};

template <>
struct codec<std::string_view> : extent_codec {
  static std::string_view read(cursor& c, const std::byte* head) {
    const auto bytes = read_block(c, head, 1);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static std::size_t tail_size(std::string_view text) noexcept { return padded(text.size()); }
  static void write(writer& w, std::size_t at, std::string_view text) { w.put(at, text.data(), text.size(), text.size()); }
};

template <>
struct codec<std::string> : extent_codec {
  static std::size_t tail_size(const std::string& text) noexcept { return padded(text.size()); }
  static void write(writer& w, std::size_t at, const std::string& text) { w.put(at, text.data(), text.size(), text.size()); }
};

// The block of a sequence of fixed elements, and its extent.
template <class T>
void put_elements(writer& w, std::size_t at, const T* values, std::size_t count) {
  if constexpr (padding_of<T>.empty()) {
    w.put(at, values, count * sizeof(T), count);
  } else {
    const std::size_t begin = w.block(count * sizeof(T));
    for (std::size_t i = 0; i < count; ++i) detail::store(values[i], w.at(begin + i * sizeof(T)));
    w.store(at, extent{static_cast<std::uint32_t>(count * sizeof(T)), static_cast<std::uint32_t>(count)});
  }
}

// Bytes, and sequences of fixed elements. The span shows the frame itself.
template <class T>
struct codec<std::span<const T>> : extent_codec {
  static_assert(codec<T>::fixed, "write ringcall::sequence<T> for elements that are not fixed");
  static_assert(bool_offsets<T>.empty(), "a hostile peer can write 2 for a bool in a span: write std::uint8_t");

  static std::span<const T> read(cursor& c, const std::byte* head) {
    const auto bytes = extent_codec::read_block(c, head, sizeof(T));
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  static std::size_t tail_size(std::span<const T> values) noexcept { return padded(values.size_bytes()); }
  static void write(writer& w, std::size_t at, std::span<const T> values) { put_elements(w, at, values.data(), values.size()); }
};

template <class T>
struct codec<std::vector<T>> : extent_codec {
  static_assert(!std::is_same_v<T, bool>, "write std::vector<std::uint8_t>");

  static std::size_t tail_size(const std::vector<T>& values) noexcept {
    std::size_t size = padded(values.size() * codec<T>::head_size);
    if constexpr (!codec<T>::fixed) {
      for (const T& value : values) size += codec<T>::tail_size(value);
    }
    return size;
  }
  static void write(writer& w, std::size_t at, const std::vector<T>& values) {
    if constexpr (codec<T>::fixed) {
      put_elements(w, at, values.data(), values.size());
    } else {
      const std::size_t begin = w.block(values.size() * codec<T>::head_size);
      std::size_t head = begin;
      for (const T& value : values) {
        codec<T>::write(w, head, value);
        head += codec<T>::head_size;
      }
      const std::size_t size = values.empty() ? 0 : w.position() - begin;
      w.store(at, extent{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(values.size())});
    }
  }
};

template <class T>
struct codec<std::optional<T>> {
  static constexpr std::size_t value_offset = round_up(1, codec<T>::head_align);
  static constexpr std::size_t head_align = codec<T>::head_align;
  static constexpr std::size_t head_size = round_up(value_offset + codec<T>::head_size, head_align);
  static constexpr bool fixed = false;

  static std::optional<T> read(cursor& c, const std::byte* head) {
    if (head[0] == std::byte{0}) return std::nullopt;
    return codec<T>::read(c, head + value_offset);
  }
  static std::size_t tail_size(const std::optional<T>& value) noexcept { return value ? codec<T>::tail_size(*value) : 0; }
  static void write(writer& w, std::size_t at, const std::optional<T>& value) {
    w.clear(at, head_size);
    if (!value) return;
    w.store(at, std::uint8_t{1});
    codec<T>::write(w, at + value_offset, *value);
  }
};

// Heads as members of one C struct.
template <class... Codecs>
struct struct_layout {
  static constexpr std::size_t align = std::max({std::size_t{1}, Codecs::head_align...});
  static constexpr bool fixed = (Codecs::fixed && ...);

 private:
  struct places {
    std::array<std::size_t, sizeof...(Codecs)> offsets{};
    std::size_t end = 0;
  };
  static constexpr places place() noexcept {
    places p;
    [[maybe_unused]] std::size_t i = 0;
    ((p.end = round_up(p.end, Codecs::head_align), p.offsets[i++] = p.end, p.end += Codecs::head_size), ...);
    return p;
  }
  static constexpr places placed = place();

 public:
  static constexpr std::array<std::size_t, sizeof...(Codecs)> offsets = placed.offsets;
  static constexpr std::size_t size = round_up(placed.end, align);
  static constexpr bool has_padding = (Codecs::head_size + ... + 0) != size;
};

template <class>
struct member_type;
template <class T, class Field>
struct member_type<Field T::*> {
  using type = Field;
};
template <auto Member>
using member_codec = codec<typename member_type<decltype(Member)>::type>;

// Of a message whose fields are Members, in order of declaration.
template <class T, auto... Members>
struct struct_codec {
 private:
  using layout = struct_layout<member_codec<Members>...>;
  using fields = std::make_index_sequence<sizeof...(Members)>;

 public:
  static constexpr std::size_t head_size = layout::size;
  static constexpr std::size_t head_align = layout::align;
  static constexpr bool fixed = false;
  static constexpr auto offsets = layout::offsets; // of the fields' heads

  static T read(cursor& c, const std::byte* head) {
    T value{};
    [&]<std::size_t... I>(std::index_sequence<I...>) { (read_into(c, head + offsets[I], value.*Members), ...); }(fields{});
    return value;
  }
  static std::size_t tail_size(const T& value) noexcept { return (member_codec<Members>::tail_size(value.*Members) + ... + 0); }
  static void write(writer& w, std::size_t at, const T& value) {
    if constexpr (layout::has_padding) w.clear(at, head_size);
    [&]<std::size_t... I>(std::index_sequence<I...>) { (write_from(w, at + offsets[I], value.*Members), ...); }(fields{});
  }
};

}  // namespace ringcall::wire
