// Frames against FRAME.md: layout, round trips, and what hostile bytes can do, which is to be refused.

#include "frames.hpp"
#include "sample.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <random>
#include <sstream>

using namespace ringcall;
using namespace ringcall::test;
using namespace sample;

namespace {

using texts = sequence<std::string_view>;

quote some_quote(double price) {
  quote q{};
  q.price = price;
  q.size = -3;
  q.which = side::sell;
  q.symbol = "ABC";
  return q;
}

person some_person(std::string_view name, std::optional<std::string_view> mail) {
  return {name, 30, mail, some_quote(1.5), {1, 2, 3}, flags{7, true, {false, true}}};
}

void check_same(const person& a, const person& b) {
  CHECK(a.name == b.name);
  CHECK(a.age == b.age);
  CHECK(a.mail == b.mail);
  CHECK(a.last.price == b.last.price);
  CHECK(a.last.which == b.last.which);
  CHECK(a.last.symbol == b.last.symbol);
  CHECK(std::ranges::equal(a.codes, b.codes));
  REQUIRE(a.marks.has_value() == b.marks.has_value());
  if (!a.marks) return;
  CHECK(a.marks->number == b.marks->number);
  CHECK(a.marks->each[1] == b.marks->each[1]);
}

// The bytes of the dump: eight pairs of hexadecimal digits at the begin of a line.
std::vector<std::byte> dumped_frame() {
  std::ifstream in(std::string(SOURCE_ROOT) + "/include/ringcall/FRAME.md");
  REQUIRE(in);
  std::vector<std::byte> bytes;
  for (std::string line; std::getline(in, line);) {
    if (line.size() < 26 || line[2] != ' ' || line[23] != ' ' || !std::isxdigit(static_cast<unsigned char>(line[0]))) continue;
    std::stringstream hex(line.substr(0, 23));
    for (unsigned byte; hex >> std::hex >> byte;) bytes.push_back(static_cast<std::byte>(byte));
  }
  return bytes;
}

std::string refusal(auto read) {
  try {
    read();
  } catch (const bad_frame& e) {
    return e.what();
  }
  return "was accepted";
}

}  // namespace

TEST_CASE("the frame dumped in FRAME.md is what is written and read") {
  const auto dump = dumped_frame();
  REQUIRE(dump.size() == 72);
  const auto three = make_sequence<std::string_view>({"x", "", "yz"});
  CHECK(request_frame(std::uint32_t{7}, std::string_view("Ada"), three.view()) == dump);
  const auto [number, name, ids] = wire::read_request<std::uint32_t, std::string_view, texts>(dump);
  CHECK(number == 7);
  CHECK(name == "Ada");
  CHECK(std::vector<std::string_view>(ids.begin(), ids.end()) == std::vector<std::string_view>{"x", "", "yz"});
}

TEST_CASE("a message's head lies as the C struct of its fields' heads") {
  using of = wire::codec<person>;
  static_assert(of::head_size == sizeof(person_head) && of::head_align == alignof(person_head));
  CHECK(of::offsets == std::array<std::size_t, 6>{offsetof(person_head, name), offsetof(person_head, age), offsetof(person_head, mail), offsetof(person_head, last),
                                                  offsetof(person_head, codes), offsetof(person_head, marks)});
  static_assert(wire::codec<std::optional<double>>::head_size == 16);
  static_assert(wire::codec<std::optional<std::string_view>>::head_size == 12);
  static_assert(wire::codec<std::optional<bool>>::head_size == 2);
  static_assert(!wire::codec<std::optional<int>>::fixed && wire::codec<quote>::fixed);
}

TEST_CASE("arguments of every kind arrive as they were sent") {
  const std::vector<double> numbers{1, 2.5, -3};
  const std::vector<std::byte> bytes{std::byte{1}, std::byte{0}, std::byte{255}};
  const auto people = make_sequence<person>({some_person("Ada", "a@b"), some_person("", std::nullopt), some_person("Bob", "")});
  const auto lists = make_sequence<std::span<const double>>({numbers, {}, std::span(numbers).first(1)});
  const auto maybes = make_sequence<std::optional<std::int32_t>>({1, std::nullopt, 3});
  const auto frame = request_frame(std::int8_t{-1}, std::span<const std::byte>(bytes), std::span<const double>(numbers), people.view(), lists.view(), maybes.view(), true,
                                   std::optional<person>(some_person("Eve", "e")), std::array<std::int16_t, 3>{4, 5, 6});
  CHECK(frame.size() % 8 == 0);
  const guarded_frame at(frame);
  const auto [a, b, c, d, e, f, g, h, i] = wire::read_request<std::int8_t, std::span<const std::byte>, std::span<const double>, sequence<person>, sequence<std::span<const double>>,
                                                              sequence<std::optional<std::int32_t>>, bool, std::optional<person>, std::array<std::int16_t, 3>>(at.bytes());
  CHECK(a == -1);
  CHECK(std::ranges::equal(b, bytes));
  CHECK(std::ranges::equal(c, numbers));
  const std::vector<person> met(d.begin(), d.end());
  REQUIRE(met.size() == 3);
  check_same(met[0], some_person("Ada", "a@b"));
  check_same(met[1], some_person("", std::nullopt));
  check_same(met[2], some_person("Bob", ""));
  std::vector<std::size_t> sizes;
  for (const auto list : e) sizes.push_back(list.size());
  CHECK(sizes == std::vector<std::size_t>{3, 0, 1});
  CHECK(std::vector<std::optional<std::int32_t>>(f.begin(), f.end()) == std::vector<std::optional<std::int32_t>>{1, std::nullopt, 3});
  CHECK(g);
  REQUIRE(h);
  check_same(*h, some_person("Eve", "e"));
  CHECK(i == std::array<std::int16_t, 3>{4, 5, 6});
}

TEST_CASE("results, owners and views, are read back as they were") {
  CHECK(read_one<std::string_view>(answer_frame(std::string("hello"))) == "hello");
  CHECK(read_one<std::string_view>(answer_frame(std::string_view(""))).empty());
  const auto lists = answer_frame(std::vector<std::vector<std::string>>{{"a", "b"}, {}, {"c"}});
  std::string all;
  for (const auto list : read_one<sequence<texts>>(lists)) {
    for (const auto text : list) all += text;
    all += '|';
  }
  CHECK(all == "ab||c|");
  const auto blobs = answer_frame(std::vector<std::vector<std::byte>>{{std::byte{9}}, {}});
  CHECK(read_one<sequence<std::span<const std::byte>>>(blobs).begin()->size() == 1);
  const auto numbers = answer_frame(std::vector<quote>{some_quote(1), some_quote(2)});
  CHECK(read_one<std::span<const quote>>(numbers)[1].price == 2);
  const person p = some_person("Ada", "mail");
  const auto owned = answer_frame(std::optional<owned_person>(owned_person{"Ada", 30, "mail", some_quote(1.5), {1, 2, 3}, flags{7, true, {false, true}}}));
  CHECK(owned == answer_frame(std::optional<person>(p)));
  check_same(*read_one<std::optional<person>>(owned), p);
  // A view result that came in a request goes out as it is.
  const auto members = make_sequence<person>({p, p});
  const auto sent = request_frame(team{"red", members, {}});
  CHECK(answer_frame(read_one<team>(sent)) == sent);
}

TEST_CASE("an answer is made in one piece, with zeros where nothing is") {
  memory_answer out;
  wire::write_answer(out, std::vector<std::optional<std::string>>{"x", std::nullopt, "12345678", "y"});
  CHECK(out.resized == 1);
  REQUIRE(out.memory.size() == 8 + 48 + 8 + 8 + 8);
  const std::string bytes(reinterpret_cast<const char*>(out.memory.data()), out.memory.size());
  CHECK(bytes.find('\xff') == std::string::npos);
  CHECK(bytes.substr(8 + 12, 12) == std::string(12, '\0'));
  CHECK(bytes.substr(56) == std::string("x\0\0\0\0\0\0\0" "12345678" "y\0\0\0\0\0\0\0", 24));
  const auto p = answer_frame(person{"n", 1, std::nullopt, {}, {}, std::nullopt}); // padding in a message's head
  CHECK(std::ranges::find(p, std::byte{0xff}) == p.end());
}

TEST_CASE("what is fixed is its record and nothing else") {
  const auto frame = request_frame(std::uint8_t{1}, 2.0, std::uint16_t{3});
  CHECK(frame.size() == 24);
  const auto [a, b, c] = wire::read_request<std::uint8_t, double, std::uint16_t>(frame);
  CHECK(a == 1);
  CHECK(b == 2.0);
  CHECK(c == 3);
  CHECK(answer_frame(some_quote(1)).size() == sizeof(quote));
  CHECK(wire::read_request<>({}) == std::tuple<>());
  const std::byte more[32]{};
  CHECK(refusal([&] { wire::read_request<std::uint8_t, double, std::uint16_t>(more); }).starts_with("a request of 32 bytes, the method takes 24"));
  CHECK_THROWS_AS((wire::read_request<std::uint8_t, double, std::uint16_t>(std::span(frame).first(23))), bad_frame);
  CHECK_THROWS_AS(wire::read_request<>(more), bad_frame);
  memory_answer none;
  wire::write_answer(none);
  CHECK(none.size() == 0);
}

TEST_CASE("whatever a byte of a bool says, it is true or false") {
  auto frame = request_frame(true, flags{1, true, {true, false}}, std::optional<bool>(true), std::array<flags, 2>{});
  poke(frame, 0, std::uint8_t{2});
  poke(frame, 4 + 4, std::uint8_t{0x80});
  poke(frame, 4 + 6, std::uint8_t{0xff});
  poke(frame, 12, std::uint8_t{3});      // present
  poke(frame, 13, std::uint8_t{4});      // its value
  poke(frame, 16 + 8 + 5, std::uint8_t{5}); // each[0] of the second flags
  const auto [a, b, c, d] = wire::read_request<bool, flags, std::optional<bool>, std::array<flags, 2>>(frame);
  const auto raw = [](const bool& value) { return std::bit_cast<std::uint8_t>(value); };
  CHECK(raw(a) == 1);
  CHECK(raw(b.up) == 1);
  CHECK(raw(b.each[0]) == 1);
  CHECK(raw(b.each[1]) == 1);
  REQUIRE(c.has_value());
  CHECK(raw(*c) == 1);
  CHECK(raw(d[1].each[0]) == 1);
  CHECK(raw(d[1].up) == 0);
  static_assert(bool_offsets<bool[2][2]>.size() == 4 && bool_offsets<quote>.empty());
}

TEST_CASE("extents that do not fit are refused, with the reason") {
  const auto good = request_frame(std::string_view("hello"), std::span<const double>(std::array{1.0, 2.0}));
  CHECK(good.size() == 16 + 8 + 16);
  auto with = [&](std::size_t at, std::uint32_t value) {
    auto frame = good;
    poke(frame, at, value);
    const guarded_frame guarded(frame);
    return refusal([&] { wire::read_request<std::string_view, std::span<const double>>(guarded.bytes()); });
  };
  CHECK(with(0, 5) == "was accepted");
  CHECK(with(0, 6).starts_with("5 elements of 1 bytes do not make a block of 6"));
  CHECK(with(4, 4).starts_with("4 elements of 1 bytes do not make a block of 5"));
  CHECK(with(8, 24).starts_with("2 elements of 8 bytes"));
  CHECK(with(12, 3).starts_with("3 elements of 8 bytes"));
  CHECK(with(12, 0x20000002).starts_with("536870914 elements of 8 bytes")); // 16 modulo 2^32
  auto frame = good;
  poke(frame, 8, wire::extent{24, 3});
  CHECK(refusal([&] { wire::read_request<std::string_view, std::span<const double>>(frame); }).starts_with("a block of 24 bytes at 24 where all has 40"));
  poke(frame, 8, wire::extent{0xfffffff8, 0x1fffffff});
  CHECK_THROWS_AS((wire::read_request<std::string_view, std::span<const double>>(frame)), bad_frame);
  CHECK(with(0, 5).size() != 0);
}

TEST_CASE("a frame cut anywhere is refused, and so is one with more behind it") {
  const auto good = request_frame(some_person("Ada", "mail"), std::string_view("end"));
  const guarded_frame whole(good);
  CHECK_NOTHROW(wire::read_request<person, std::string_view>(whole.bytes()));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    const guarded_frame cut(std::span<const std::byte>(good).first(size));
    // Only the last block's padding may be missing.
    CHECK((refusal([&] { wire::read_request<person, std::string_view>(cut.bytes()); }) == "was accepted") == (size >= good.size() - 5));
  }
  for (std::size_t more = 1; more <= 16; ++more) {
    auto longer = good;
    longer.resize(good.size() + more);
    CHECK(refusal([&] { wire::read_request<person, std::string_view>(longer); }).starts_with("what was expected ends at"));
  }
}

TEST_CASE("a result that changes while it is encoded does no harm") {
  std::byte room[16];
  wire::writer w(room, 8);
  CHECK_THROWS_AS(w.put(0, "123456789", 9, 9), std::logic_error);
  wire::writer less(room, 8);
  CHECK_THROWS_AS(less.finish(), std::logic_error);
}

TEST_CASE("a request that is not well-formed is a bad request to the caller") {
  const method m = make_bytes_method(
      [](std::span<const std::byte> request, answer& out) {
        const auto [name] = wire::read_request<std::string_view>(request);
        wire::write_answer(out, name);
      },
      on_loop);
  memory_answer out;
  const auto frame = request_frame(std::string_view("Ada"));
  CHECK(invoke({&m, frame}, out).status == RINGCALL_OK);
  CHECK(out.memory == frame);
  CHECK(invoke({&m, std::span(frame).first(7)}, out).status == RINGCALL_BAD_REQUEST);
  CHECK(out.text().find("at least 8") != std::string::npos);
}

namespace {

// Reads all that there is; false if it was refused. Every view must lie in the frame.
bool walk(std::span<const std::byte> frame) {
  const auto inside = [&](const void* at, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(at);
    if (size != 0 && (begin < frame.data() || begin + size > frame.data() + frame.size())) throw std::logic_error("a view outside its frame");
  };
  const auto walk_person = [&](const person& p) {
    inside(p.name.data(), p.name.size());
    if (p.mail) inside(p.mail->data(), p.mail->size());
    if (p.marks && std::bit_cast<std::uint8_t>(p.marks->up) > 1) throw std::logic_error("a bool that is none");
  };
  try {
    const auto [number, t, lists, maybe] = wire::read_request<std::uint64_t, team, sequence<texts>, std::optional<person>>(frame);
    inside(t.name.data(), t.name.size());
    inside(t.badge.data(), t.badge.size());
    for (const person& p : t.members) walk_person(p);
    for (const texts list : lists) {
      for (const std::string_view text : list) inside(text.data(), text.size());
    }
    if (maybe) walk_person(*maybe);
    return true;
  } catch (const bad_frame&) {
    return false;
  }
}

}  // namespace

TEST_CASE("a hundred thousand broken frames are read within their bounds") {
  std::mt19937 random(20);
  const auto members = make_sequence<person>({some_person("Ada", "a@b"), some_person("B", std::nullopt)});
  const auto a = make_sequence<std::string_view>({"one", "", "three"}), b = make_sequence<std::string_view>({});
  const auto lists = make_sequence<texts>({a, b, a});
  const std::byte badge[5]{};
  const auto good = request_frame(std::uint64_t{1}, team{"red", members, badge}, lists.view(), std::optional<person>(some_person("Eve", "e")));
  guarded_frame frame(good);
  REQUIRE(walk(frame.bytes()));
  int accepted = 0;
  const std::uint32_t tempting[] = {0, 1, 7, 8, 9, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, static_cast<std::uint32_t>(good.size())};
  for (int i = 0; i < 100'000; ++i) {
    frame.assign(good);
    for (unsigned changes = 1 + random() % 3; changes != 0; --changes) {
      const std::size_t at = random() % (good.size() / 4) * 4;
      const std::uint32_t old = peek<std::uint32_t>(frame.bytes(), at);
      const std::uint32_t next[] = {old + 1, old - 1, old ^ 1u << random() % 32, tempting[random() % std::size(tempting)], static_cast<std::uint32_t>(random())};
      poke(frame.bytes(), at, next[random() % 5]);
    }
    accepted += walk(frame.bytes());
  }
  CHECK(accepted > 1'000); // what was hit was a number or a text
  CHECK(accepted < 90'000);
}
