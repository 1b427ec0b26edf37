// The file of a recording: what was written is read, and what is not a whole recording is refused.

#include "golden_descriptions.hpp"

#include "load/random_value.hpp"
#include "load/recording.hpp"
#include "running_server.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <system_error>

using namespace ringcall::load;
using ringcall::test::temporary_directory;

namespace {

ringcall_captured captured(std::uint16_t method, std::uint64_t taken, std::size_t request, std::size_t answer) {
  ringcall_captured c{};
  c.method = method;
  c.taken = taken;
  c.answered = taken + 10;
  c.request_size = static_cast<std::uint32_t>(request);
  c.answer_size = static_cast<std::uint32_t>(answer);
  c.size = static_cast<std::uint32_t>((sizeof c + request + answer + 7) / 8 * 8);
  return c;
}

void add(recording_writer& to, std::uint16_t method, std::uint64_t taken, std::string request, const std::string& answer) {
  const ringcall_captured c = captured(method, taken, request.size(), answer.size());
  request += answer;
  request.resize(c.size - sizeof c);
  to.add(c, std::as_bytes(std::span(request)));
}

// Three calls, the second of them taken first.
std::vector<std::byte> made(const std::string& path) {
  {
    recording_writer to(path, "quotes", 7, "service s: version 1\n", 1000);
    add(to, 1, 2000, "request", "answer");
    add(to, 2, 1500, "", "");
    add(to, 3, 3000, std::string(100, 'r'), std::string(33, 'a'));
    to.end(4, 5000);
  }
  const std::string text = ringcall::tool::test::content_of(path);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string refused(std::vector<std::byte> bytes) {
  try {
    recording::parse(std::move(bytes));
  } catch (const bad_recording& e) {
    return e.what();
  }
  return {};
}

std::string text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

TEST_CASE("a recording is read as it was written, its calls in the order in which they were taken") {
  const temporary_directory directory;
  const recording r = recording::parse(made(directory / "r"));
  CHECK(r.name == "quotes");
  CHECK(r.description == "service s: version 1\n");
  CHECK(r.dropped == 4);
  REQUIRE(r.calls.size() == 3);
  CHECK(r.calls[0].method == 2);
  CHECK(r.calls[0].request.empty());
  CHECK(r.calls[1].method == 1);
  CHECK(text_of(r.calls[1].request) == "request");
  CHECK(text_of(r.calls[1].answer) == "answer");
  CHECK(r.calls[2].taken == 3000);
  CHECK(r.calls[2].answered == 3010);
  CHECK(text_of(r.calls[2].answer) == std::string(33, 'a'));
}

TEST_CASE("a recording cut off at any byte is refused as cut off, or as none if nothing of its beginning is left") {
  const temporary_directory directory;
  const auto whole = made(directory / "r");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const std::string why = refused({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    CHECK(why.find(size < 8 ? "no recording of ringcall" : "cut off") != std::string::npos);
  }
}

TEST_CASE("a recording with any byte changed is refused") {
  const temporary_directory directory;
  const auto whole = made(directory / "r");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    auto changed = whole;
    changed[at] ^= std::byte{1};
    CHECK_FALSE(refused(changed).empty());
  }
}

TEST_CASE("what is behind the end, another version, or another kind of file is told as such") {
  const temporary_directory directory;
  auto bytes = made(directory / "r");
  auto longer = bytes;
  longer.resize(longer.size() + 3);
  CHECK(refused(longer).find("3 bytes more") != std::string::npos);
  auto newer = bytes;
  newer[8] = std::byte{2};
  CHECK(refused(newer).find("format version 2") != std::string::npos);
  CHECK(refused(std::vector<std::byte>(5000)).find("does not begin with RCRECORD") != std::string::npos);
  CHECK_THROWS_WITH_AS(recording::load(directory / "absent"), doctest::Contains("absent"), std::system_error);
  CHECK_THROWS_WITH_AS(recording::load(directory.path()), doctest::Contains("is no file"), bad_recording);
}

TEST_CASE("a recording of noise is refused, whatever the noise") {
  random_bits random(1);
  const temporary_directory directory;
  const auto whole = made(directory / "r");
  for (int i = 0; i < 5000; ++i) {
    auto noise = whole;
    for (std::uint64_t n = 1 + random.below(8); n > 0; --n) {
      const std::uint64_t word = random.next() >> random.below(64);
      std::memcpy(noise.data() + random.below(noise.size() - 8), &word, 1 + random.below(8));
    }
    if (noise != whole) CHECK_FALSE(refused(noise).empty());
  }
}
