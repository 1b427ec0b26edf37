#include "served.hpp"
#include "texts/texts.ringcall.hpp"

namespace {

class my_texts final : public texts::texts {
 public:
  std::string greet(std::string_view name) override { return "Hello, " + std::string(name) + "!"; }
  std::string_view motto() override { return "one word, one line"; }
  std::vector<std::byte> reverse(std::span<const std::byte> data) override { return {data.rbegin(), data.rend()}; }
  std::uint64_t size(std::string_view text, std::span<const std::byte> data, std::uint16_t more) override { return text.size() + data.size() + more; }
  std::string repeat(std::uint32_t times) override { return std::string(times, 'x'); }
  void keep(std::uint8_t, std::string_view) override {}
};

}  // namespace

void serve_texts(ringcall::server& server) {
  static my_texts texts;
  ::texts::serve(server, texts);
}
