// A sequence as a handler has it: a range, and safe to walk while its memory changes.

#include "frames.hpp"
#include "sample.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <ranges>

using namespace ringcall;
using namespace ringcall::test;
using namespace sample;

using texts = sequence<std::string_view>;

static_assert(std::forward_iterator<texts::iterator>);
static_assert(std::ranges::forward_range<texts> && std::ranges::sized_range<texts> && std::ranges::common_range<texts>);

namespace {

// Three texts as they lie in a frame: an extent at 0; the elements' extents at 8, 16, 24; "one" at 32, "four" at 40, "x" at 48.
struct shared_texts {
  std::vector<std::byte> bytes = request_frame(make_sequence<std::string_view>({"one", "four", "x"}).view());
  guarded_frame frame{bytes};
  texts view = read_one<texts>(frame.bytes());

  void set(std::size_t element, wire::extent e) { poke(frame.bytes(), 8 + 8 * element, e); }
};

std::string joined(const texts& list) {
  std::string all;
  for (const std::string_view text : list) all.append(text) += ',';
  return all;
}

}  // namespace

TEST_CASE("a sequence is a range that can be walked again and again") {
  const auto owner = make_sequence<std::string_view>({"b", "", "a"});
  const texts list = owner;
  CHECK(list.size() == 3);
  CHECK_FALSE(list.empty());
  CHECK(joined(list) == "b,,a,");
  CHECK(joined(list) == "b,,a,");
  CHECK(std::ranges::distance(list) == 3);
  CHECK(*std::ranges::max_element(list) == "b");
  auto first = list.begin();
  const auto copy = first++;
  CHECK(*copy == "b");
  CHECK(first->empty());
  CHECK(copy != first);
  CHECK(std::next(list.begin(), 3) == list.end());
  std::vector<std::string> owners(list.begin(), list.end());
  std::ranges::sort(owners);
  CHECK(owners == std::vector<std::string>{"", "a", "b"});
}

TEST_CASE("an empty sequence needs no memory") {
  const texts none;
  CHECK(none.empty());
  CHECK(none.begin() == none.end());
  CHECK(joined(make_sequence(std::vector<std::string_view>{})).empty());
  CHECK(request_frame(none) == std::vector<std::byte>(8));
  CHECK(read_one<texts>(request_frame(none)).size() == 0);
}

TEST_CASE("a sequence is made of owners as well as of views") {
  const std::vector<std::string> names{"Ada", "Bob"};
  CHECK(joined(make_sequence<std::string_view>(names)) == "Ada,Bob,");
  CHECK(joined(encoded<std::string_view>({"x"})) == "x,");
}

TEST_CASE("elements are decoded as they are reached") {
  shared_texts t;
  t.set(2, {0xffffffff, 0xffffffff});
  auto at = t.view.begin();
  CHECK(*at == "one");
  CHECK(*++at == "four");
  CHECK_THROWS_AS(++at, bad_frame);
}

TEST_CASE("an element that changes under the reader stays inside the block") {
  shared_texts t;
  auto at = t.view.begin();
  t.set(0, {0x10000, 0x10000}); // too late: it was read
  CHECK(at->size() == 3);
  t.set(1, {9, 9}); // swallows what follows
  CHECK(*++at == std::string_view("four\0\0\0\0x", 9));
  CHECK_THROWS_AS(++at, bad_frame); // no room is left for the third
  t.set(1, {0x20000004, 0x20000004});
  CHECK_THROWS_AS(joined(t.view), bad_frame);
}

TEST_CASE("bytes left over behind the last element are refused") {
  shared_texts t;
  t.set(2, {0, 0});
  CHECK_THROWS_AS(joined(t.view), bad_frame);
  t.set(1, {0, 0});
  t.set(0, {17, 17});
  CHECK(joined(t.view).size() == 17 + 3); // well-formed again: one block of that size
}

TEST_CASE("a sequence with more elements than bytes is refused at once") {
  shared_texts t;
  const auto with = [&](wire::extent e) {
    poke(t.frame.bytes(), 0, e);
    return read_one<texts>(t.frame.bytes()).size();
  };
  CHECK(with({41, 3}) == 3);
  CHECK_THROWS_AS(with({41, 6}), bad_frame);
  CHECK_THROWS_AS(with({41, 0x20000001}), bad_frame); // times 8 is 8 modulo 2^32
  CHECK_THROWS_AS(with({41, 0xffffffff}), bad_frame);
  CHECK_THROWS_AS(with({41, 0}), bad_frame);
  CHECK_THROWS_AS(with({49, 3}), bad_frame);
}

TEST_CASE("sequences of sequences and of messages nest") {
  const auto a = make_sequence<std::string_view>({"1", "22"}), b = make_sequence<std::string_view>({});
  const auto lists = make_sequence<texts>({a, b, a});
  std::string all;
  for (const texts list : lists.view()) all += joined(list) + ";";
  CHECK(all == "1,22,;;1,22,;");
  person p{};
  p.name = "Ada";
  const auto members = make_sequence<person>({p, p});
  const auto teams = make_sequence<team>({team{"red", members, {}}, team{"blue", {}, {}}});
  std::vector<std::size_t> sizes;
  for (const team& t : teams.view()) sizes.push_back(t.members.size());
  CHECK(sizes == std::vector<std::size_t>{2, 0});
  CHECK(teams.view().begin()->members.begin()->name == "Ada");
}

TEST_CASE("a bad inner sequence is refused where it is reached") {
  const auto a = make_sequence<std::string_view>({"1", "22"});
  auto bytes = request_frame(make_sequence<texts>({a, a}).view());
  // An extent at 0, two at 8 and 16, the first list's block at 24: extents at 24 and 32, "1" at 40, "22" at 48.
  const guarded_frame frame(bytes);
  poke(frame.bytes(), 32, wire::extent{20, 20});
  const auto lists = read_one<sequence<texts>>(frame.bytes());
  auto at = lists.begin();
  CHECK_THROWS_AS(joined(*at), bad_frame); // though the outer block would have room
  CHECK(joined(*++at) == "1,22,");
}

TEST_CASE("one pass takes time in proportion to the bytes, whatever the counts say") {
  // 64 KiB of heads, each of which claims all the rest: the first takes it, the second finds nothing.
  constexpr std::uint32_t count = 8192;
  std::vector<std::byte> bytes(8 + count * 8 + count * 8);
  poke(bytes, 0, wire::extent{count * 16, count});
  for (std::uint32_t i = 0; i < count; ++i) poke(bytes, 8 + 8 * i, wire::extent{count * 8, count});
  std::size_t walked = 0;
  const auto walk = [&] {
    for (const texts list : read_one<sequence<texts>>(bytes)) walked += list.size();
  };
  CHECK_THROWS_AS(walk(), bad_frame);
  CHECK(walked == count);
}
