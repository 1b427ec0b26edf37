#pragma once
// Comments are carried over, but not what gofmt would make of them.

#include <ringcall/interface.hpp>

namespace comments {

/// Three slashes, and a const with `quotes' and ``more''.
inline constexpr int seven = 7;

/**
 * A block comment
 *   with indented lines
 *
 *
 * - that look like a list,
 * # or a heading
 *
 */
enum class level : std::uint8_t {
  low = 1,  // behind its value
  high = 2, ///< in doxygen's way
  // above its value
  highest = 3,
};

// One line.
struct gauge {
  // Above.
  std::uint32_t value;
  std::uint32_t limit; // behind
  level reached;
};

// A service.
//
// With two paragraphs: see https://example.org/a_b.
class RINGCALL_SERVICE gauges {
 public:
  virtual ~gauges() = default;

  // Reads a gauge. $dollars and "quotes" stay. \todo
  RINGCALL_METHOD(1, deadline(90ms)) virtual gauge read(std::uint32_t number) = 0;

  /* In between. */
  RINGCALL_METHOD(2, oneway) virtual void reset(std::uint32_t number) = 0;

  RINGCALL_METHOD(3) virtual void undocumented() = 0;
};

}  // namespace comments
