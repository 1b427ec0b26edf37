#pragma once
// What a handler returns that may fail without throwing.

#include "ringcall/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace ringcall {

// return ringcall::error(quote_error::unknown_symbol, "no such symbol: XYZ");
template <failure_code E>
struct error {
  E code;
  std::string message;

  explicit error(E c, std::string m = {}) : code(c), message(std::move(m)) {}
};

namespace detail {

template <class T>
inline constexpr bool is_error = false;
template <class E>
inline constexpr bool is_error<error<E>> = true;

}  // namespace detail

// A T, or why there is none. [[nodiscard]]: a failure that nobody looks at is a bug.
template <class T, failure_code E>
class [[nodiscard]] result {
 public:
  using value_type = T;
  using error_type = E;

  template <class U = T>
    requires(std::is_constructible_v<T, U> && !std::is_same_v<std::remove_cvref_t<U>, result> && !detail::is_error<std::remove_cvref_t<U>>)
  explicit(!std::is_convertible_v<U, T>) result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  result(error<E> e) : state_(std::in_place_index<1>, std::move(e)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Throws failure(code(), message()) if there is none.
  T& value() & { return check(), *std::get_if<0>(&state_); }
  const T& value() const& { return check(), *std::get_if<0>(&state_); }
  T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }

  // Of the failure; E{} and empty if there is a value.
  E code() const noexcept { return has_value() ? E{} : std::get_if<1>(&state_)->code; }
  std::string message() const { return has_value() ? std::string() : std::get_if<1>(&state_)->message; }

 private:
  void check() const {
    if (const error<E>* e = std::get_if<1>(&state_)) throw failure(e->code, e->message);
  }

  std::variant<T, error<E>> state_;
};

// return {}; for success.
template <failure_code E>
class [[nodiscard]] result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  result() noexcept = default;
  result(error<E> e) : error_(std::move(e)) {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  void value() const {
    if (error_) throw failure(error_->code, error_->message);
  }

  E code() const noexcept { return error_ ? error_->code : E{}; }
  std::string message() const { return error_ ? error_->message : std::string(); }

 private:
  std::optional<error<E>> error_;
};

// The value of a handler's result, or its failure as an exception: what dispatch does with it.
template <class T, class E>
T unwrap(result<T, E>&& r) {
  return std::move(r).value();
}
template <class T, class E>
T unwrap(const result<T, E>& r) {
  return r.value();
}

}  // namespace ringcall
