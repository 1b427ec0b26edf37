#include "served.hpp"
#include "scalars/scalars.ringcall.hpp"

namespace {

class my_scalars final : public scalars::scalars {
 public:
  bool not_of(bool value) override { return !value; }
  std::int64_t sum(std::int8_t a, std::uint8_t b, std::int16_t c, std::uint16_t d, std::int32_t e, std::uint32_t f, std::int64_t g, std::uint64_t h) override {
    return a + b + c + d + std::int64_t{e} + f + g + static_cast<std::int64_t>(h);
  }
  double mean(float a, double b) override { return (static_cast<double>(a) + b) / 2; }
  ::scalars::mask choose(::scalars::color a, ::scalars::offset b, ::scalars::user_id c) override {
    return a == ::scalars::color::green && b == ::scalars::offset::below && c == ::scalars::user_id{7} ? ::scalars::mask::all : ::scalars::mask::none;
  }
  std::array<std::uint16_t, 3> reversed(const std::array<std::uint16_t, 3>& values) override { return {values[2], values[1], values[0]}; }
  void touch() override {}
  int answer() override { return 42; }
  void set(unsigned, bool, short, long long) override {}
};

}  // namespace

void serve_scalars(ringcall::server& server) {
  static my_scalars scalars;
  ::scalars::serve(server, scalars);
}
