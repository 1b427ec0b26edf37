#pragma once
// A handler with its types erased: what the server keeps for a method id.

#include "ringcall/answer.hpp"
#include "ringcall/run_cursor.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstring>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>

namespace ringcall {

// Where a handler runs. On the loop: it must not block, everything else on that loop waits for it. On a worker: it may.
enum class placement : std::uint8_t { loop, worker };
inline constexpr placement on_loop = placement::loop;
inline constexpr placement on_worker = placement::worker;

// What may lie in a record: bytes that mean the same in both processes.
template <class T>
concept record_type = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> && !std::is_pointer_v<T> && alignof(T) <= 16;

struct method {
  std::shared_ptr<void> handler;
  // Runs one call; false: the request's size is wrong and nothing ran. Null: no single calls.
  bool (*call)(void* handler, std::span<const std::byte> request, answer& out) = nullptr;
  // Serves records of a run in place for as long as they are of this method and fit their slots. Null: each goes through call.
  void (*run)(void* handler, run_cursor& cursor) = nullptr;
  // Runs count records that lie one after another. Null: no batches.
  void (*batch)(void* handler, const std::byte* requests, std::byte* answers, std::uint32_t count) = nullptr;
  std::uint32_t request_size = 0; // of a record in bytes; 0: any
  std::uint32_t answer_size = 0;
  placement where = placement::loop;
};

namespace detail {

// Copies a record out of memory that the peer may change meanwhile: every word is read once, so what is checked is what is used.
template <record_type T>
T copy_once(const std::byte* from) noexcept {
  constexpr std::size_t step = std::min<std::size_t>(std::gcd(sizeof(T), std::size_t{16}), 8);
  using word = std::conditional_t<step == 8, std::uint64_t, std::conditional_t<step == 4, std::uint32_t, std::conditional_t<step == 2, std::uint16_t, std::uint8_t>>>;
  word words[sizeof(T) / step];
  for (std::size_t i = 0; i < sizeof(T) / step; ++i) {
    words[i] = std::atomic_ref(*reinterpret_cast<word*>(const_cast<std::byte*>(from + i * step))).load(std::memory_order_relaxed);
  }
  T value;
  std::memcpy(&value, words, sizeof(T));
  return value;
}

}  // namespace detail

// f: Answer(const Request&). Serves single calls and, in an inlined loop, dense batches.
template <record_type Request, record_type Answer, std::invocable<const Request&> F>
method make_method(F f, placement where) {
  method m;
  m.handler = std::make_shared<F>(std::move(f));
  m.call = [](void* handler, std::span<const std::byte> request, answer& out) {
    if (request.size() != sizeof(Request)) return false;
    const Answer result = (*static_cast<F*>(handler))(detail::copy_once<Request>(request.data()));
    std::memcpy(out.resize(sizeof(Answer)).data(), &result, sizeof(Answer));
    return true;
  };
  if constexpr (sizeof(Request) <= record_size_max && sizeof(Answer) <= record_size_max) {
    m.run = [](void* handler, run_cursor& cursor) { cursor.serve<Request, Answer>(*static_cast<F*>(handler)); };
  }
  m.batch = [](void* handler, const std::byte* requests, std::byte* answers, std::uint32_t count) {
    F& f = *static_cast<F*>(handler);
    for (std::uint32_t i = 0; i < count; ++i) {
      const Answer result = f(detail::copy_once<Request>(requests + i * sizeof(Request)));
      std::memcpy(answers + i * sizeof(Answer), &result, sizeof(Answer));
    }
  };
  m.request_size = sizeof(Request);
  m.answer_size = sizeof(Answer);
  m.where = where;
  return m;
}

// f: void(std::span<const std::byte>, answer&).
template <std::invocable<std::span<const std::byte>, answer&> F>
method make_bytes_method(F f, placement where) {
  method m;
  m.handler = std::make_shared<F>(std::move(f));
  m.call = [](void* handler, std::span<const std::byte> request, answer& out) {
    (*static_cast<F*>(handler))(request, out);
    return true;
  };
  m.where = where;
  return m;
}

// f: void(std::span<const Request>, std::span<Answer>). Serves dense batches in place and single calls as a batch of one.
template <record_type Request, record_type Answer, std::invocable<std::span<const Request>, std::span<Answer>> F>
method make_batch_method(F f, placement where) {
  method m;
  m.handler = std::make_shared<F>(std::move(f));
  m.call = [](void* handler, std::span<const std::byte> request, answer& out) {
    if (request.size() != sizeof(Request)) return false;
    const Request one = detail::copy_once<Request>(request.data());
    Answer result{};
    (*static_cast<F*>(handler))(std::span<const Request>(&one, 1), std::span<Answer>(&result, 1));
    std::memcpy(out.resize(sizeof(Answer)).data(), &result, sizeof(Answer));
    return true;
  };
  m.batch = [](void* handler, const std::byte* requests, std::byte* answers, std::uint32_t count) {
    (*static_cast<F*>(handler))(std::span(reinterpret_cast<const Request*>(requests), count), std::span(reinterpret_cast<Answer*>(answers), count));
  };
  m.request_size = sizeof(Request);
  m.answer_size = sizeof(Answer);
  m.where = where;
  return m;
}

}  // namespace ringcall
