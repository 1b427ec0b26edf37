#pragma once
// UTF-8, as the Unicode standard defines it (table 3-7).

#include <cstddef>
#include <string_view>

namespace arithmetic {

// Bytes of the code point with which text begins; 0 if text begins with none: it is empty, or not UTF-8 there.
inline std::size_t code_point_size(std::string_view text) noexcept {
  auto in = [&](std::size_t at, unsigned low, unsigned high) {
    if (at >= text.size()) return false;
    unsigned byte = static_cast<unsigned char>(text[at]);
    return low <= byte && byte <= high;
  };
  auto rest = [&](std::size_t size) {
    for (std::size_t at = 2; at < size; ++at) {
      if (!in(at, 0x80, 0xbf)) return std::size_t{0};
    }
    return size;
  };
  if (in(0, 0x00, 0x7f)) return 1;
  if (in(0, 0xc2, 0xdf) && in(1, 0x80, 0xbf)) return 2;
  // The second byte's range keeps overlong forms, surrogates, and what lies beyond U+10FFFF out.
  if (in(0, 0xe0, 0xe0) && in(1, 0xa0, 0xbf)) return rest(3);
  if (in(0, 0xed, 0xed) && in(1, 0x80, 0x9f)) return rest(3);
  if (in(0, 0xe1, 0xef) && !in(0, 0xed, 0xed) && in(1, 0x80, 0xbf)) return rest(3);
  if (in(0, 0xf0, 0xf0) && in(1, 0x90, 0xbf)) return rest(4);
  if (in(0, 0xf1, 0xf3) && in(1, 0x80, 0xbf)) return rest(4);
  if (in(0, 0xf4, 0xf4) && in(1, 0x80, 0x8f)) return rest(4);
  return 0;
}

}  // namespace arithmetic
