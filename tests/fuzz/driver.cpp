// What libFuzzer calls; TARGET is the target's name.

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcall::fuzz::TARGET({data, size});
  return 0;
}
