#pragma once
// A sequence of values that are not of fixed layout, as a handler sees it: decoded as it is iterated, straight out of the frame.

#include "ringcall/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringcall {

template <class T>
class encoded;

// A forward range of Ts by value; these are views, too, and like this one valid while the handler runs.
//
// A hostile client may change the frame meanwhile. Each element is read once per pass, stays inside whatever is written there, and one pass takes
// time in proportion to the frame. begin() and ++ throw bad_frame if it is not well-formed: let that pass, the caller is told.
template <class T>
class sequence {
 public:
  class iterator;
  using const_iterator = iterator;
  using value_type = T;

  sequence() noexcept = default;

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  iterator begin() const { return iterator(*this); }
  iterator end() const noexcept { return iterator(count_); }

 private:
  friend struct wire::codec<sequence>;
  friend class encoded<T>;

  // base: of the block, a multiple of 8; count * codec<T>::head_size <= size.
  sequence(const std::byte* base, std::uint32_t size, std::uint32_t count) noexcept : base_(base), size_(size), count_(count) {}

  const std::byte* base_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t count_ = 0;
};

template <class T>
class sequence<T>::iterator {
  static_assert(!wire::codec<T>::fixed, "T seems to be of fixed layout: write std::span<const T>; or T is a message: include what ringcall-gen made of its header");

 public:
  using iterator_concept = std::forward_iterator_tag;
  using iterator_category = std::input_iterator_tag; // since * makes a value
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = const T*;
  using reference = T;

  iterator() noexcept = default;

  T operator*() const { return value_; }
  const T* operator->() const noexcept { return &value_; }
  iterator& operator++() {
    ++index_;
    decode();
    return *this;
  }
  iterator operator++(int) {
    iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.index_ == b.index_; }

 private:
  friend class sequence;
  static constexpr std::size_t stride = wire::codec<T>::head_size;

  explicit iterator(std::uint32_t end) noexcept : index_(end), count_(end) {}
  explicit iterator(const sequence& s) : tails_(s.base_, s.size_, s.count_ * stride), count_(s.count_) { decode(); }

  void decode() {
    if (index_ == count_) return tails_.finish();
    alignas(8) std::byte head[stride];
    detail::copy_bytes_once<stride>(tails_.base() + index_ * stride, head);
    value_ = wire::codec<T>::read(tails_, head);
  }

  wire::cursor tails_;
  std::uint32_t index_ = 0;
  std::uint32_t count_ = 0;
  T value_{}; // of index_
};

template <class T>
struct wire::codec<sequence<T>> : extent_codec {
  static sequence<T> read(cursor& c, const std::byte* head) {
    const auto e = ringcall::detail::load<extent>(head);
    if (std::uint64_t{e.count} * codec<T>::head_size > e.size || (e.count == 0 && e.size != 0)) [[unlikely]] throw_bad_extent(e, codec<T>::head_size);
    return {c.block(e.size), e.size, e.count};
  }
  // It is encoded already, and all in it is relative to its begin.
  static std::size_t tail_size(const sequence<T>& s) noexcept { return padded(s.size_); }
  static void write(writer& w, std::size_t at, const sequence<T>& s) { w.put(at, s.base_, s.size_, s.count_); }
};

// Owns a sequence: for who calls a handler without a client, as in a test of it.
//
//   my_quotes.names(ringcall::make_sequence<std::string_view>({"A", "B"}));
template <class T>
class encoded {
 public:
  explicit encoded(const std::vector<T>& values) {
    using all = wire::codec<std::vector<T>>;
    const std::size_t size = all::head_size + all::tail_size(values);
    if (size > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("a sequence of " + std::to_string(size) + " bytes; a frame holds less than 4 GiB");
    words_.resize(size / sizeof(std::uint64_t));
    wire::writer w(std::as_writable_bytes(std::span(words_)), all::head_size);
    all::write(w, 0, values);
    w.finish();
  }

  // Valid as long as this lives.
  sequence<T> view() const noexcept {
    const auto bytes = std::as_bytes(std::span(words_));
    const auto e = detail::load<wire::extent>(bytes.data());
    return {bytes.data() + sizeof e, e.size, e.count};
  }
  operator sequence<T>() const noexcept { return view(); }

 private:
  std::vector<std::uint64_t> words_; // the extent, then its block
};

template <class T>
encoded<T> make_sequence(std::initializer_list<T> values) {
  return encoded<T>(std::vector<T>(values));
}
template <class T>
encoded<T> make_sequence(const std::vector<T>& values) {
  return encoded<T>(values);
}
// From owners: make_sequence<std::string_view>(vector_of_strings).
template <class T, class Owner>
encoded<T> make_sequence(const std::vector<Owner>& values) {
  return encoded<T>(std::vector<T>(values.begin(), values.end()));
}

}  // namespace ringcall
