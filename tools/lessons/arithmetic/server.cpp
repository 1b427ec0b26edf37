//go:build ignore
// That line is for Go, which takes a .cpp file beside its own for cgo's. Meson builds this one.

#include "arithmetic.ringcall.hpp"
#include "utf8.hpp"

#include <numeric>

namespace {

class my_calculator final : public arithmetic::calculator {
 public:
  std::int64_t add(std::int32_t a, std::int32_t b) override { return std::int64_t{a} + b; }

  // numbers is the shared memory itself: nobody copied it for this side.
  std::int64_t sum(std::span<const std::int32_t> numbers) override { return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0}); }

  ringcall::result<std::string, arithmetic::text_error> reverse(std::string_view text) override {
    // A long text is seen in memory that its client can still write: what is checked must be a copy.
    const std::string from{text};
    std::string to(from.size(), '\0');
    for (std::size_t at = 0; at < from.size();) {
      std::size_t size = arithmetic::code_point_size(std::string_view{from}.substr(at));
      if (size == 0) return ringcall::error(arithmetic::text_error::not_utf8, "no character begins with byte " + std::to_string(at));
      from.copy(to.data() + to.size() - at - size, size, at);
      at += size;
    }
    return to;
  }

  std::string greet(std::string_view name) override { return "Hello, " + std::string{name} + "!"; }
};

}  // namespace

int main() {
  constexpr std::uint32_t room = 8 * 1024 * 1024;  // for a slice or a text, in or out
  ringcall::server server{"arithmetic", {.request_arena = room, .answer_arena = room}};
  my_calculator calculator;
  arithmetic::serve(server, calculator);
  return server.run();
}
