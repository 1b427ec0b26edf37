#pragma once
// What generated dispatch calls: a request's frame becomes the handler's arguments, its result the answer's frame.

#include "ringcall/answer.hpp"
#include "ringcall/codec.hpp"
#include "ringcall/sequence.hpp"

#include <cstddef>
#include <cstring>
#include <span>
#include <tuple>
#include <utility>

namespace ringcall::wire {

// For static_asserts: compiles if the argument does, and is a T.
template <class T>
consteval bool compiles(T) noexcept {
  return true;
}

// The arguments of a method with these parameters, in order. Views among them point into the frame, which begins at a multiple of 8. Throws
// bad_frame.
template <class... Args>
std::tuple<Args...> read_request(std::span<const std::byte> frame) {
  using layout = struct_layout<codec<Args>...>;
  if (layout::fixed ? frame.size() != layout::size : frame.size() < layout::size) [[unlikely]] throw_wrong_size(frame.size(), layout::size, layout::fixed);
  if constexpr (sizeof...(Args) == 0) {
    return {};
  } else {
    alignas(8) std::byte head[layout::size];
    ringcall::detail::copy_bytes_once<layout::size>(frame.data(), head);
    cursor c(frame.data(), frame.size(), layout::size);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      std::tuple<Args...> all{codec<Args>::read(c, head + layout::offsets[I])...}; // braces: in order
      if constexpr (!layout::fixed) c.finish();
      return all;
    }(std::index_sequence_for<Args...>{});
  }
}

// Fills the answer in place; out.resize is called once. Throws what that throws.
template <class R>
void write_answer(answer& out, const R& value) {
  using of = codec<R>;
  if constexpr (of::fixed) {
    ringcall::detail::store(value, out.resize(sizeof(R)).data());
  } else {
    writer w(out.resize(padded(of::head_size) + of::tail_size(value)), of::head_size);
    of::write(w, 0, value);
    w.finish();
  }
}
inline void write_answer(answer& out) { out.resize(0); }

}  // namespace ringcall::wire
