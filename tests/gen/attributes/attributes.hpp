#pragma once

#include <ringcall/interface.hpp>

namespace attributes {

struct pair {
  std::int32_t a, b;
};

class RINGCALL_SERVICE jobs {
 public:
  virtual ~jobs() = default;
  RINGCALL_METHOD(10, idempotent) virtual std::int32_t twice(std::int32_t value) = 0;
  RINGCALL_METHOD(20, deadline(250us)) virtual std::int32_t quick(std::int32_t value) = 0;
  RINGCALL_METHOD(21, deadline(1s)) virtual std::string slow(std::string_view text) = 0;
  RINGCALL_METHOD(30, worker) virtual std::int32_t block(std::int32_t ms) = 0;
  RINGCALL_METHOD(31, worker, idempotent, deadline(2min)) virtual std::string block_text(std::string_view text) = 0;
  RINGCALL_METHOD(40, oneway) virtual void tick() = 0;
  RINGCALL_METHOD(41, oneway) virtual void count(std::int32_t by) = 0;
  RINGCALL_METHOD(42, oneway, worker) virtual void log(std::string_view line) = 0;
  RINGCALL_METHOD(43, oneway, deadline(10ms)) virtual void move(pair by) = 0;
  RINGCALL_METHOD(50, batch) virtual void add_all(std::span<const pair> requests, std::span<std::int64_t> answers) = 0;
  RINGCALL_METHOD(51, batch, worker, deadline(3s)) virtual void swap_all(std::span<const pair> pairs, std::span<pair> swapped) = 0;
};

}  // namespace attributes
