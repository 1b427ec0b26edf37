#pragma once

#include <ringcall/interface.hpp>

namespace sequences {

struct sample {
  std::uint32_t at;
  float value;
};

class RINGCALL_SERVICE sequences {
 public:
  virtual ~sequences() = default;
  RINGCALL_METHOD(1) virtual std::int64_t sum(std::span<const std::int32_t> values) = 0;
  RINGCALL_METHOD(2) virtual std::vector<sample> sorted(std::span<const sample> samples, bool descending) = 0;
  RINGCALL_METHOD(3) virtual std::vector<std::string> upper(ringcall::sequence<std::string_view> words) = 0;
  RINGCALL_METHOD(4) virtual std::vector<std::vector<std::byte>> chunks(ringcall::sequence<std::span<const std::byte>> blobs) = 0;
  RINGCALL_METHOD(5) virtual std::vector<std::vector<std::string>> grid(ringcall::sequence<ringcall::sequence<std::string_view>> cells) = 0;
  RINGCALL_METHOD(6) virtual std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) = 0;
};

}  // namespace sequences
