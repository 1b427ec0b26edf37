#include "ringcall/frame.hpp"

namespace ringcall::wire {
namespace {

[[noreturn]] void bad(const std::string& what) { throw bad_frame(what + "; generate the code of client and server from the same header"); }

}  // namespace

void throw_bad_extent(extent found, std::size_t stride) {
  bad(std::to_string(found.count) + " elements of " + std::to_string(stride) + " bytes do not make a block of " + std::to_string(found.size));
}

void throw_outside(std::size_t begin, std::size_t size, std::size_t room) {
  bad("a block of " + std::to_string(size) + " bytes at " + std::to_string(begin) + " where all has " + std::to_string(room));
}

void throw_left_over(std::size_t end, std::size_t size) { bad("what was expected ends at " + std::to_string(end) + ", what came at " + std::to_string(size)); }

void throw_wrong_size(std::size_t size, std::size_t head_size, bool fixed) {
  bad("a request of " + std::to_string(size) + " bytes, the method takes " + (fixed ? "" : "at least ") + std::to_string(head_size));
}

void throw_changed() { throw std::logic_error("the result changed while it was encoded: a handler returned a view of data that another thread writes"); }

}  // namespace ringcall::wire
