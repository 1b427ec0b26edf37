#pragma once

#include <ringcall/interface.hpp>

namespace records {

enum class kind : std::uint16_t { plain = 1, fancy = 2 };

struct point {
  std::int32_t x, y;
};

// Holds padding of every sort.
struct mixed {
  bool on;
  std::uint64_t wide;
  std::uint8_t narrow;
  kind sort;
  point at;
  point corners[2];
  std::array<bool, 3> flags;
  std::int16_t grid[2][3];
  ringcall::fixed_text<5> tag;
};

struct entry {
  std::uint16_t id;
  bool valid;
};

struct outer {
  std::uint8_t first;
  entry inner[2];
  mixed last;
};

class RINGCALL_SERVICE records {
 public:
  virtual ~records() = default;
  RINGCALL_METHOD(1) virtual point mirror(point p) = 0;
  RINGCALL_METHOD(2) virtual mixed change(const mixed& m) = 0;
  RINGCALL_METHOD(3) virtual outer wrap(const mixed& last, std::uint8_t first) = 0;
  RINGCALL_METHOD(4) virtual void put(const outer& value) = 0;
  RINGCALL_METHOD(5) virtual ringcall::fixed_text<5> tag_of(ringcall::fixed_text<5> tag, point p) = 0;
};

}  // namespace records
