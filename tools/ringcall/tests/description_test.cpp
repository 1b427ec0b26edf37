// Interface descriptions: what is read from them, what is made up by them, and what hostile ones cannot do.

#include "golden_descriptions.hpp"

#include "load/description.hpp"
#include "load/random_value.hpp"
#include "load/show_frame.hpp"
#include "load/walk_frame.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

using namespace ringcall::load;
using ringcall::tool::test::golden_descriptions;

namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int v : values) bytes.push_back(static_cast<std::byte>(v));
  return bytes;
}

// Requires of each value that it is one that its type can have.
struct validity {
  void number(const type& t, const std::byte* head) {
    if (t.what == kind::enumeration) {
      std::uint64_t value = 0;
      std::memcpy(&value, head, t.size);
      bool listed = t.listed->values.empty();
      for (const enumerator& e : t.listed->values) listed |= std::memcmp(&e.value, &value, t.size) == 0;
      CHECK(listed);
    } else if (t.number == scalar::boolean) {
      CHECK(std::to_integer<int>(head[0]) < 2);
    } else if (t.number == scalar::f64) {
      double value;
      std::memcpy(&value, head, sizeof value);
      CHECK(std::isfinite(value));
    }
    ++*met;
  }
  void text(std::string_view view) {
    for (const char c : view) CHECK((c >= ' ' && c <= '~'));
    ++*met;
  }
  void bytes(std::span<const std::byte>) { ++*met; }
  void absent() {}
  void list(std::size_t) {}
  void record() {}
  validity element() { return *this; }
  validity field(const std::string&) { return *this; }

  std::size_t* met;
};

const char* const dump_description =
    "service dump: version 1\n"
    "dump 1: name show, kind call, request 24, answer 0\n"
    "dump 1.n: type u32, offset 0\n"
    "dump 1.who: type text, offset 4\n"
    "dump 1.words: type text[], offset 12\n";

// FRAME.md's "One frame, byte by byte".
const std::vector<std::byte> dump = bytes_of({
    7, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 0x22, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0x41, 0x64, 0x61, 0, 0, 0, 0, 0,
    1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0x78, 0, 0, 0, 0, 0, 0, 0, 0x79, 0x7a, 0, 0, 0, 0, 0, 0});

std::string fault_in(const std::string& text) {
  try {
    description::parse(text);
  } catch (const bad_description& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("all methods of all goldens are read, with layouts that add up") {
  std::size_t methods = 0;
  for (const auto& golden : golden_descriptions()) {
    CAPTURE(golden.feature);
    const description d = description::parse(golden.text);
    CHECK_FALSE(d.methods().empty());
    methods += d.methods().size();
    for (const method& m : d.methods()) {
      CAPTURE(m.name);
      CHECK(d.find(m.name).id == m.id);
      CHECK(d.find(std::to_string(m.id)).id == m.id);
      for (const field& f : m.parameters) CHECK(f.offset % f.of.align == 0);
      if (!m.result.empty()) CHECK(m.result[0].of.size == m.answer_size);
    }
  }
  CHECK(methods > 60);
}

TEST_CASE("made-up requests to every method of the goldens are frames whose values their types can have") {
  for (const auto& golden : golden_descriptions()) {
    CAPTURE(golden.feature);
    const description d = description::parse(golden.text);
    for (const method& m : d.methods()) {
      CAPTURE(m.name);
      random_bits random(m.id);
      std::size_t met = 0;
      for (int i = 0; i < 300; ++i) {
        const auto frame = random_request(m, random, 2048);
        REQUIRE_NOTHROW(walk_frame(m.parameters, m.request_size, frame, validity{&met}));
        CHECK(frame.size() <= std::max<std::size_t>(2048, m.request_size));
        CHECK((m.fixed_request() ? frame.size() == m.request_size : frame.size() % 8 == 0));
        CHECK(show_request(m, frame).find("malformed") == std::string::npos);
      }
      if (!m.parameters.empty()) CHECK(met > 0);
    }
  }
}

TEST_CASE("the same seed makes the same requests, another one others") {
  const auto golden = golden_descriptions();
  const method m = description::parse(golden.back().text).find("desk.all");
  random_bits a(5), b(5), c(6);
  const auto first = random_request(m, a, 4096);
  CHECK(first == random_request(m, b, 4096));
  CHECK(first != random_request(m, c, 4096));
}

TEST_CASE("a request's parts vary: empty and long texts, absent and present values, every enumerator") {
  const method put = description::parse(golden_descriptions().back().text).find("desk.put");
  random_bits random(1);
  std::string all;
  for (int i = 0; i < 500; ++i) all += show_request(put, random_request(put, random, 4096)) + "\n";
  for (const char* const wanted : {"\"which\":\"buy\"", "\"which\":\"sell\"", "\"which\":\"none\"", "\"quotes\":[]", "\"quotes\":[{", "\"yes\":true", "\"yes\":false", "\"symbol\":\"\""}) {
    CAPTURE(wanted);
    CHECK(all.find(wanted) != std::string::npos);
  }
}

TEST_CASE("FRAME.md's dump is read as what it says") {
  const method m = description::parse(dump_description).find("show");
  CHECK(show_request(m, dump) == R"({"n":7,"who":"Ada","words":["x","","yz"]})");
}

TEST_CASE("a frame that is cut off, or longer than what it holds, is malformed") {
  const method m = description::parse(dump_description).find("show");
  for (std::size_t size = 0; size < dump.size(); ++size) {
    CAPTURE(size);
    // Behind the last byte of the last block there is only padding.
    const bool whole = size > dump.size() - 8 + 2 - 1;
    CHECK((show_request(m, std::span(dump).first(size)).find("malformed") == std::string::npos) == whole);
  }
  auto longer = dump;
  longer.resize(dump.size() + 8);
  CHECK(show_request(m, longer).find("malformed") != std::string::npos);
}

TEST_CASE("frames with any bytes changed are shown or malformed, and nothing outside is read") {
  const method m = description::parse(golden_descriptions().back().text).find("desk.all");
  random_bits random(3);
  for (int i = 0; i < 20'000; ++i) {
    auto frame = random_request(m, random, 512);
    for (int n = 0; n < 3; ++n) frame[random.below(frame.size())] = static_cast<std::byte>(random.next());
    if (random.below(4) == 0) frame.resize(random.below(frame.size() + 1));
    std::vector<std::byte> exact(frame); // a block of just this size, for the sanitizers
    exact.shrink_to_fit();
    CHECK_FALSE(show_request(m, exact).empty());
  }
}

TEST_CASE("answers are judged by status and layout, and failures shown by the names of their codes") {
  const method find = description::parse(golden_descriptions().back().text).find("desk.find");
  CHECK(fault_of(find, 0, std::vector<std::byte>(32)).empty());
  CHECK_FALSE(fault_of(find, 0, std::vector<std::byte>(31)).empty());
  CHECK(fault_of(find, 3, {}).empty());
  CHECK_FALSE(fault_of(find, 8, {}).empty());
  CHECK(show_answer(find, 3, 4'000'000'000, std::as_bytes(std::span("no", 2))) == R"({"status":"failed","code":"late","message":"no"})");
  CHECK(show_answer(find, 3, 5, {}) == R"({"status":"failed","code":5})");
}

TEST_CASE("descriptions that contradict themselves are refused, with the line") {
  const std::string head = "service s: version 1\ns 1: name m, kind call, request 8, answer 0\n";
  const std::pair<std::string, const char*> bad[] = {
      {"s 1: name m, kind call, request 8, answer 0\n", "service's line first"},
      {"nonsense\n", "key: attribute value"},
      {head + "s 1.a: type nothing, offset 0\n", "not"},
      {head + "s 1.a: type i64, offset 4\n", "apart, in order and within 8 bytes"},
      {head + "s 1.a: type i32, offset 0\ns 1.b: type i32, offset 2\n", "apart"},
      {head + "s 1.a: type r, offset 0\nr: size 8, align 4\nr.x: type r, offset 0\n", "does not contain itself"},
      {head + "s 1.a: type r[], offset 0\nr: size 8, align 4\nr.x: type r[], offset 0\n", "does not contain itself"},
      {head + "s 1.a: type i32[4000000000], offset 0\n", "array"},
      {head + "s 1.a: type text[]" + std::string(40, '?') + ", offset 0\n", "[] and ?"},
      {head + "s 1.a: type e, offset 0\ne: type u8\ne.big: value 256\n", "a number of the enumeration's type"},
      {head + "s 1.a: type e, offset 0\ne: type f32\n", "an integer's type"},
      {head + head, "each"},
      {head + "s 2: name n, kind call, request 4000000000, answer 0\n", "at most"},
      {head + "s 3: name n, kind wish, request 0, answer 0\n", "call|oneway"},
      {std::string(70'000, 'x'), "at most"},
  };
  for (const auto& [text, wanted] : bad) {
    CAPTURE(text.substr(0, 200));
    const std::string fault = fault_in(text);
    CHECK(fault.find(wanted) != std::string::npos);
  }
  CHECK(fault_in(head + "s 1.a: type i\x1b[2J, offset 0\n").find('\x1b') == std::string::npos);
}

TEST_CASE("a description with any bytes changed is refused or describes methods that can be called") {
  const auto goldens = golden_descriptions();
  random_bits random(11);
  std::size_t read = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string text = goldens[random.below(goldens.size())].text;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const std::size_t at = random.below(text.size());
      constexpr std::string_view likely = "0123456789[]?.:, \nabz";
      switch (random.below(3)) {
        case 0: text[at] = likely[random.below(likely.size())]; break;
        case 1: text.erase(at, random.below(40)); break;
        default: text.insert(at, text.substr(random.below(text.size()), random.below(40)));
      }
    }
    try {
      const description d = description::parse(text);
      ++read;
      for (const method& m : d.methods()) {
        if (m.request_size > 100'000) continue;
        REQUIRE_NOTHROW(walk_frame(m.parameters, m.request_size, random_request(m, random, 1024), no_output{}));
      }
    } catch (const bad_description&) {
    }
  }
  CHECK(read > 100);
  CHECK(read < 3'900);
}

TEST_CASE("a method that is not there is told with near ones, an ambiguous one with its services") {
  const description d = description::parse(golden_descriptions().back().text + "service other: version 1\nother 30: name find, kind call, request 0, answer 0\n");
  const auto complaint = [&](const char* name) {
    try {
      d.find(name);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(complaint("pric").find("the server has desk.price") != std::string::npos);
  CHECK(complaint("find") == "'find' is a method of several services: desk.find, other.find; write which");
  CHECK(d.find("other.find").id == 30);
  CHECK(d.find("99").name == "method 99");
  CHECK_FALSE(d.find("99").described);
  CHECK(complaint("70000").find("there is no method") != std::string::npos);
}
