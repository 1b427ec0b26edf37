#include "served.hpp"
#include "services/services.ringcall.hpp"

namespace inner = shop::inner;

namespace {

// Both services, with methods of one name.
class my_shop final : public inner::store, public inner::till {
 public:
  std::uint32_t count(std::uint64_t number) override { return static_cast<std::uint32_t>(number * 2); }
  void put(const inner::item&) override {}
  std::string label(const inner::item& i) override { return "item " + std::to_string(i.number); }
  inner::item stock(std::uint32_t shelf, std::uint32_t place) override { return {shelf, place}; }
  inner::item take(inner::stock_request from) override { return {from.shelf, 1}; }

  std::uint64_t count(std::uint16_t drawer) override { return drawer * std::uint64_t{100}; }
  std::string label(std::string_view text) override { return std::string("till ").append(text); }
  void open() override {}
};

}  // namespace

void serve_services(ringcall::server& server) {
  static my_shop shop;
  inner::serve<inner::store>(server, shop);
  inner::serve<inner::till>(server, shop);
}
