#pragma once
// Walks a frame by a method's description, with all the checks of FRAME.md, and tells an output what it meets. The frame must be private memory.
//
// An Output has number(type, head), text(view), bytes(view), absent(), list(count), record(), and element() and field(name), which return the Output of what follows.

#include "description.hpp"

#include "ringcall/frame.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace ringcall::load {

// Meets nothing: the frame is only checked.
struct no_output {
  void number(const type&, const std::byte*) noexcept {}
  void text(std::string_view) noexcept {}
  void bytes(std::span<const std::byte>) noexcept {}
  void absent() noexcept {}
  void list(std::size_t) noexcept {}
  void record() noexcept {}
  no_output element() noexcept { return {}; }
  no_output field(const std::string&) noexcept { return {}; }
};

namespace detail {

template <class Output>
void walk(const type& t, const std::byte* head, wire::cursor& c, Output out);

inline wire::extent extent_at(const std::byte* head) noexcept {
  wire::extent e;
  std::memcpy(&e, head, sizeof e);
  return e;
}

inline std::span<const std::byte> block_of(wire::cursor& c, const wire::extent& e, std::size_t stride) {
  if (std::uint64_t{e.count} * stride != e.size) wire::throw_bad_extent(e, stride);
  return {c.block(e.size), e.size};
}

template <class Output>
void walk_sequence(const type& t, const std::byte* head, wire::cursor& c, Output out) {
  const wire::extent e = extent_at(head);
  const std::size_t stride = t.element->size;
  out.list(e.count);
  if (t.element->fixed) {
    const std::byte* at = block_of(c, e, stride).data();
    for (std::uint32_t i = 0; i < e.count; ++i) walk(*t.element, at + i * stride, c, out.element());
    return;
  }
  const std::uint64_t heads = std::uint64_t{e.count} * stride;
  if (heads > e.size || (e.count == 0 && e.size != 0)) wire::throw_bad_extent(e, stride);
  if (e.count == 0) return;
  const std::byte* block = c.block(e.size);
  wire::cursor inside(block, e.size, heads);
  for (std::uint32_t i = 0; i < e.count; ++i) walk(*t.element, block + i * stride, inside, out.element());
  inside.finish();
}

template <class Output>
void walk_fixed_text(const type& t, const std::byte* head, Output out) {
  std::uint16_t size;
  std::memcpy(&size, head, sizeof size);
  out.text({reinterpret_cast<const char*>(head) + sizeof size, std::min<std::size_t>(size, t.count)});
}

template <class Output>
void walk_fields(const std::vector<field>& fields, const std::byte* head, wire::cursor& c, Output out) {
  for (const field& f : fields) walk(f.of, head + f.offset, c, out.field(f.name));
}

template <class Output>
void walk(const type& t, const std::byte* head, wire::cursor& c, Output out) {
  switch (t.what) {
    case kind::number:
    case kind::enumeration: return out.number(t, head);
    case kind::record: return out.record(), walk_fields(t.structure->fields, head, c, out);
    case kind::array:
      out.list(t.count);
      for (std::uint32_t i = 0; i < t.count; ++i) walk(*t.element, head + i * t.element->size, c, out.element());
      return;
    case kind::fixed_text: return walk_fixed_text(t, head, out);
    case kind::text: {
      const auto block = block_of(c, extent_at(head), 1);
      return out.text({reinterpret_cast<const char*>(block.data()), block.size()});
    }
    case kind::bytes: return out.bytes(block_of(c, extent_at(head), 1));
    case kind::sequence: return walk_sequence(t, head, c, out);
    case kind::optional:
      if (head[0] == std::byte{0}) return out.absent();
      return walk(*t.element, head + t.element->align, c, out);
  }
}

}  // namespace detail

// head_size: of the fields' heads. Throws bad_frame.
template <class Output>
void walk_frame(const std::vector<field>& fields, std::uint32_t head_size, std::span<const std::byte> frame, Output out) {
  const bool fixed = std::ranges::all_of(fields, [](const field& f) { return f.of.fixed; });
  if (fixed ? frame.size() != head_size : frame.size() < head_size) wire::throw_wrong_size(frame.size(), head_size, fixed);
  wire::cursor c(frame.data(), frame.size(), head_size);
  detail::walk_fields(fields, frame.data(), c, out);
  if (!fixed) c.finish();
}

}  // namespace ringcall::load
