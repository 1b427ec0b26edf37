#pragma once
#include <ringcall/interface.hpp>

namespace arithmetic {

// Why a text was refused.
enum class text_error : std::uint32_t {
  not_utf8 = 1,  // the message names the first byte that is wrong
};

// Numbers and texts, in and out.
class RINGCALL_SERVICE calculator {
 public:
  virtual ~calculator() = default;

  // The sum of two numbers. It has 64 bits and so never overflows.
  RINGCALL_METHOD(1, idempotent) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;

  // The sum of a Go slice, which crosses in one piece.
  RINGCALL_METHOD(2, idempotent) virtual std::int64_t sum(std::span<const std::int32_t> numbers) = 0;

  // The text's code points in reverse order.
  RINGCALL_METHOD(3, idempotent) virtual ringcall::result<std::string, text_error> reverse(std::string_view text) = 0;

  // Greets somebody by name.
  RINGCALL_METHOD(4, idempotent) virtual std::string greet(std::string_view name) = 0;
};

}  // namespace arithmetic
