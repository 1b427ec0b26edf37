#include "dead_segments.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/mman.h>

#include <utility>

using namespace ringcall;

namespace {

bool is_mapped(std::byte* at) { return msync(at, RINGCALL_PAGE_SIZE, MS_ASYNC) == 0; }

bool rings(const dead_segments& dead) {
  pollfd one{dead.descriptor(), POLLIN, 0};
  return poll(&one, 1, 0) == 1;
}

}  // namespace

TEST_CASE("segments stay mapped until it is somebody's turn to unmap them") {
  dead_segments dead;
  segment first = segment::create({}, 1), second = segment::create({}, 2);
  std::byte *const one = first.base(), *const other = second.base();
  CHECK_FALSE(rings(dead));
  dead.put(std::move(first));
  dead.put(std::move(second));
  CHECK(rings(dead));
  CHECK(is_mapped(one));
  CHECK(is_mapped(other));
  dead.unmap();
  CHECK_FALSE(rings(dead));
  CHECK_FALSE(is_mapped(one));
  CHECK_FALSE(is_mapped(other));
}

TEST_CASE("what nobody came for is unmapped at the end") {
  std::byte* at;
  {
    dead_segments dead;
    segment last = segment::create({}, 1);
    at = last.base();
    dead.put(std::move(last));
    CHECK(is_mapped(at));
  }
  CHECK_FALSE(is_mapped(at));
}
