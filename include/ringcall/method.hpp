#pragma once
// A handler with its types erased: what the server keeps for a method id.

#include "ringcall/answer.hpp"
#include "ringcall/record.hpp"
#include "ringcall/run_cursor.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace ringcall {

// Where a handler runs. On the loop: it must not block, everything else on that loop waits for it. On a worker: it may. Calls that still wait for a worker when their
// client goes are not run, unless it is on_worker_always: for methods whose answers nobody waits for, so that Client.Send's promise holds.
enum class placement : std::uint8_t { loop, worker, worker_always };
inline constexpr placement on_loop = placement::loop;
inline constexpr placement on_worker = placement::worker;
inline constexpr placement on_worker_always = placement::worker_always;

// f() if Request is void, else f(const Request&).
template <class F, class Request>
concept handler_of = (std::is_void_v<Request> && std::invocable<F&>) || std::invocable<F&, const Request&>;

struct method {
  std::shared_ptr<void> handler;
  // Runs one call; false: the request's size is wrong and nothing ran. Null: no single calls.
  bool (*call)(void* handler, std::span<const std::byte> request, answer& out) = nullptr;
  // Serves records of a run in place for as long as they are of this method and fit their slots. Null: each goes through call.
  void (*run)(void* handler, run_cursor& cursor) = nullptr;
  // Runs count records that lie one after another. When it throws, done is the number of the record that failed, if one alone did. Null: no batches.
  void (*batch)(void* handler, const std::byte* requests, std::byte* answers, std::uint32_t count, std::uint32_t& done) = nullptr;
  std::uint32_t request_size = 0; // of a record in bytes; 0: none, or any (bytes)
  std::uint32_t answer_size = 0;
  placement where = placement::loop;
};

// f: Answer(const Request&), or without a parameter if Request is void. Serves single calls and, in an inlined loop, dense batches; of a void
// Request there are none, since there is nothing to lay out densely.
template <record_or_void Request, record_or_void Answer, handler_of<Request> F>
method make_method(F f, placement where) {
  method m;
  m.handler = std::make_shared<F>(std::move(f));
  m.call = [](void* handler, std::span<const std::byte> request, answer& out) {
    if (request.size() != record_size<Request>) return false;
    [[maybe_unused]] auto result = detail::call<Answer>(*static_cast<F*>(handler), detail::copy_request<Request>(request.data()));
    const std::span<std::byte> to = out.resize(record_size<Answer>);
    if constexpr (!std::is_void_v<Answer>) {
      detail::clear_padding(result);
      std::memcpy(to.data(), &result, sizeof result);
    }
    return true;
  };
  if constexpr (record_size<Request> <= record_size_max && record_size<Answer> <= record_size_max) {
    m.run = [](void* handler, run_cursor& cursor) { cursor.serve<Request, Answer>(*static_cast<F*>(handler)); };
  }
  if constexpr (!std::is_void_v<Request>) {
    m.batch = [](void* handler, const std::byte* requests, [[maybe_unused]] std::byte* answers, std::uint32_t count, std::uint32_t& done) {
      F& f = *static_cast<F*>(handler);
      std::uint32_t i = 0;
      try {
        for (; i < count; ++i) {
          [[maybe_unused]] auto result = detail::call<Answer>(f, detail::copy_once<Request>(requests + i * sizeof(Request)));
          if constexpr (!std::is_void_v<Answer>) {
            detail::clear_padding(result);
            std::memcpy(answers + i * sizeof result, &result, sizeof result);
          }
        }
      } catch (...) {
        done = i;
        throw;
      }
    };
  }
  m.request_size = record_size<Request>;
  m.answer_size = record_size<Answer>;
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

namespace detail {

// Clears the padding of what a handler wrote in place, also if it threw.
template <class Answer>
struct padding_cleaner {
  std::span<Answer> answers;
  ~padding_cleaner() {
    for (Answer& a : answers) clear_padding(a);
  }
};

}  // namespace detail

// f: void(std::span<const Request>, std::span<Answer>). Serves dense batches in place and single calls as a batch of one. Padding in an answer is
// made zero when f returns; until then the client may see what f copies there.
template <record_type Request, record_type Answer, std::invocable<std::span<const Request>, std::span<Answer>> F>
method make_batch_method(F f, placement where) {
  static_assert(bool_offsets<Request>.empty(), "a hostile peer can write 2 for a bool in a batch's records: write std::uint8_t");
  method m;
  m.handler = std::make_shared<F>(std::move(f));
  m.call = [](void* handler, std::span<const std::byte> request, answer& out) {
    if (request.size() != sizeof(Request)) return false;
    const Request one = detail::copy_once<Request>(request.data());
    Answer result{};
    (*static_cast<F*>(handler))(std::span<const Request>(&one, 1), std::span<Answer>(&result, 1));
    detail::clear_padding(result);
    std::memcpy(out.resize(sizeof(Answer)).data(), &result, sizeof(Answer));
    return true;
  };
  m.batch = [](void* handler, const std::byte* requests, std::byte* answers, std::uint32_t count, std::uint32_t&) {
    const std::span to(reinterpret_cast<Answer*>(answers), count);
    const detail::padding_cleaner<Answer> cleaner{to};
    (*static_cast<F*>(handler))(std::span(reinterpret_cast<const Request*>(requests), count), to);
  };
  m.request_size = sizeof(Request);
  m.answer_size = sizeof(Answer);
  m.where = where;
  return m;
}

}  // namespace ringcall
