#include "served.hpp"
#include "sequences/sequences.ringcall.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace {

class my_sequences final : public sequences::sequences {
 public:
  std::int64_t sum(std::span<const std::int32_t> values) override { return std::accumulate(values.begin(), values.end(), std::int64_t{0}); }

  std::vector<::sequences::sample> sorted(std::span<const ::sequences::sample> samples, bool descending) override {
    std::vector<::sequences::sample> all(samples.begin(), samples.end());
    std::ranges::sort(all, [=](const auto& a, const auto& b) { return descending ? b.value < a.value : a.value < b.value; });
    return all;
  }

  std::vector<std::string> upper(ringcall::sequence<std::string_view> words) override {
    std::vector<std::string> all;
    for (const std::string_view word : words) {
      std::ranges::transform(word, std::back_inserter(all.emplace_back()), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    }
    return all;
  }

  std::vector<std::vector<std::byte>> chunks(ringcall::sequence<std::span<const std::byte>> blobs) override {
    std::vector<std::vector<std::byte>> all;
    for (const auto blob : blobs) all.emplace_back(blob.begin(), blob.end());
    return all;
  }

  std::vector<std::vector<std::string>> grid(ringcall::sequence<ringcall::sequence<std::string_view>> cells) override {
    std::vector<std::vector<std::string>> all;
    for (const auto row : cells) all.emplace_back(row.begin(), row.end());
    return all;
  }

  std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) override {
    std::vector<std::uint64_t> all(to - from);
    std::iota(all.begin(), all.end(), from);
    return all;
  }
};

}  // namespace

void serve_sequences(ringcall::server& server) {
  static my_sequences sequences;
  ::sequences::serve(server, sequences);
}
