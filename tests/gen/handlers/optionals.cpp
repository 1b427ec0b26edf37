#include "served.hpp"
#include "optionals/optionals.ringcall.hpp"

namespace {

class my_optionals final : public optionals::optionals {
 public:
  std::optional<std::int32_t> half(std::optional<std::int32_t> value) override {
    if (!value || *value % 2 != 0) return std::nullopt;
    return *value / 2;
  }

  std::optional<std::string> name(std::optional<std::string_view> name, std::uint8_t more) override {
    if (!name) return std::nullopt;
    return std::string(*name) + std::string(more, '.');
  }

  std::optional<::optionals::range> widen(const std::optional<::optionals::range>& r, std::optional<bool> open) override {
    if (!r) return std::nullopt;
    return ::optionals::range{r->from - 1, r->to + 1, open.value_or(r->open)};
  }

  std::vector<std::optional<std::uint16_t>> gaps(ringcall::sequence<std::optional<std::uint16_t>> values) override { return {values.begin(), values.end()}; }

  std::optional<std::vector<std::string>> list(std::optional<ringcall::sequence<std::string_view>> words) override {
    if (!words) return std::nullopt;
    return std::vector<std::string>(words->begin(), words->end());
  }
};

}  // namespace

void serve_optionals(ringcall::server& server) {
  static my_optionals optionals;
  ::optionals::serve(server, optionals);
}
