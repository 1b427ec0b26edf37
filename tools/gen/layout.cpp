#include "layout.hpp"

#include <algorithm>

namespace ringcall::gen {
namespace {

std::uint64_t rounded_up(std::uint64_t size, std::uint32_t align) { return (size + align - 1) / align * align; }

}  // namespace

head lay_out(std::vector<field>& fields) {
  head h;
  for (field& f : fields) {
    h.size = rounded_up(h.size, f.of.align);
    f.offset = static_cast<std::uint32_t>(h.size);
    h.size += f.of.size;
    h.align = std::max(h.align, f.of.align);
  }
  h.size = rounded_up(h.size, h.align);
  return h;
}

head extent_head() { return {8, 4}; }

head optional_head(const type& element) {
  const std::uint32_t align = std::max(element.align, 1U);
  return {rounded_up(rounded_up(1, align) + element.size, align), align};
}

head fixed_text_head(std::uint64_t capacity) { return {rounded_up(2 + capacity, 2), 2}; }

head array_head(const type& element, std::uint64_t count) {
  return {element.size * std::min<std::uint64_t>(count, std::uint64_t{1} << 40), element.align}; // more might overflow, and is refused anyway
}

}  // namespace ringcall::gen
