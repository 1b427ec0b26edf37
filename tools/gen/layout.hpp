#pragma once
// Where heads lie in the head around them (include/ringcall/FRAME.md): as C lays out a struct's members.

#include "model.hpp"

namespace ringcall::gen {

inline constexpr std::uint32_t head_size_max = 65535; // a batch states the size of its records in 16 bits

struct head {
  std::uint64_t size = 0; // a multiple of align; may exceed head_size_max, which the caller refuses
  std::uint32_t align = 1;
};

// Sets the fields' offsets. No field's head is larger than head_size_max.
head lay_out(std::vector<field>& fields);

head extent_head();
head optional_head(const type& element);
head fixed_text_head(std::uint64_t capacity);
head array_head(const type& element, std::uint64_t count);

}  // namespace ringcall::gen
