#pragma once
// A bit of everything: what the README's tour shows.

#include <ringcall/interface.hpp>

namespace market {

inline constexpr std::uint32_t depth_max = 16; // entries that a book keeps on each side
inline constexpr std::string_view venue = "XRNG";

enum class side : std::uint8_t { buy = 1, sell = 2 };

enum class quote_error : std::uint32_t {
  unknown_symbol = 1, // no such symbol is traded here
  closed = 2,
};

enum class order_id : std::uint64_t {};

// What somebody is ready to trade at.
struct quote {
  double price;
  std::int64_t size; // how much, in lots
  side which;
  ringcall::fixed_text<12> symbol;
};

struct person {
  std::string_view name;
  std::uint32_t age;
  std::optional<std::string_view> mail;
};

// Prices, and those who ask for them.
class RINGCALL_SERVICE quotes {
 public:
  virtual ~quotes() = default;

  // The sum of two numbers.
  RINGCALL_METHOD(1, idempotent, deadline(50ms)) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;

  // The best quote for a symbol.
  RINGCALL_METHOD(2, worker) virtual ringcall::result<quote, quote_error> quote_of(std::string_view symbol) = 0;

  RINGCALL_METHOD(3, oneway) virtual void note(std::string_view line) = 0;

  // What each request is worth.
  RINGCALL_METHOD(4, batch) virtual void price_all(std::span<const quote> requests, std::span<double> answers) = 0;

  RINGCALL_METHOD(5, errors(quote_error)) virtual std::vector<std::string> names(ringcall::sequence<std::string_view> ids) = 0;

  // Opens an account, which the order belongs to.
  RINGCALL_METHOD(6) virtual order_id open(const person& owner, std::uint32_t lots) = 0;

  // The lines that note was given.
  RINGCALL_METHOD(7) virtual std::vector<std::string> notes() = 0;
};

}  // namespace market
