// A licence that belongs to nobody.
#pragma once
#include <ringcall/interface.hpp>

#include "parts/shared.hpp"

#define PLAIN_NUMBER 7

namespace shop::front {

// How deep
// it is.
inline constexpr std::uint32_t depth_max = 16;
inline constexpr double ratio = 0.1; // of all
constexpr float third = 1.0F / 3;
constexpr bool open = true;
constexpr std::string_view venue = "XE\"TRA\n";
constexpr std::string_view braced{"braced"};
using namespace std::string_view_literals;
constexpr auto literal = "sv \u00e9"sv;
inline constexpr const char* plain = "pl" "ain";
constexpr char letters[] = "abc";
constexpr std::size_t many = sizeof(int) * 4;
constexpr std::int64_t least = INT64_MIN;
constexpr std::uint64_t most = UINT64_MAX;
constexpr int from_macro = PLAIN_NUMBER;
constexpr int squared(int x) { return x * x; }
const short computed = squared(5);
constexpr signed char small = -3;
static int counter = 0;
constexpr std::array<int, 2> table{1, 2};
constexpr char one_char = 'x';

/** Which way.
 *  Two lines. */
enum class side : std::uint8_t {
  buy = 1, /* to buy */
  sell,    // to sell
  /// Neither.
  none = 200,
};
enum class order_id : std::uint64_t { last = UINT64_MAX };
enum class delta : std::int16_t { down = -1 };

/// A quote.
struct quote {
  double price; // in euros
  std::int64_t size; ///< pieces
  side which;
  ringcall::fixed_text<12> symbol;
};
typedef struct {
  int a[3][2];
  std::array<std::byte, 5> digest;
  bool yes;
} c_style;
namespace details {
struct inner {
  parts::shared s;
  delta d;
};
}  // namespace details
struct message {
  details::inner in;
  std::optional<bool> maybe;
  std::string_view text;
  std::optional<std::optional<quote>>* unused() const { return nullptr; }
};
struct owner {
  std::string name;
  std::vector<quote> quotes;
  std::vector<std::vector<std::byte>> blobs;
};
using text = std::string_view;
using alias_of_span = std::span<const quote>;
template <class T>
using list = std::span<const T>;

// The desk.
class RINGCALL_SERVICE desk {
 public:
  virtual ~desk() = default;
  RINGCALL_METHOD(3, oneway, worker) virtual void note(text line) = 0;
  // Adds.
  //
  // Twice.
  RINGCALL_METHOD(1, idempotent, deadline(5ms))
  virtual std::int64_t add(std::int32_t a, bool b, std::int64_t c) = 0;
  RINGCALL_METHOD(2) virtual ringcall::result<quote, parts::trouble> find(std::string_view symbol) const = 0;
  RINGCALL_METHOD(4, batch) virtual void price(std::span<const quote> in, std::span<double> out) = 0;
  RINGCALL_METHOD(5, errors(parts::trouble)) virtual owner all(const message& m, ringcall::sequence<std::span<const std::byte>> blobs) = 0;
  RINGCALL_METHOD(6) virtual ringcall::result<void, parts::trouble> put(const c_style& c, const std::array<std::int64_t, 4>& four, list<std::int64_t> longs, alias_of_span quotes, long long plain) = 0;
  RINGCALL_METHOD(7) virtual order_id nothing() = 0;

 protected:
  int helper() { return counter; }
};

#define SERVICE(name) class RINGCALL_SERVICE name
SERVICE(bell) {
 public:
  RINGCALL_METHOD(8) virtual auto ring() -> std::int32_t = 0;
};

}  // namespace shop::front
