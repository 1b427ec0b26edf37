#include "targets.hpp"

#include "random_value.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringcall::load {
namespace {

constexpr std::size_t requests_most = 1024;         // of a method
constexpr std::size_t bytes_most = 16u << 20;       // of all its requests
constexpr std::size_t request_size_default = 4096; // variable parts make a request no longer

std::vector<std::byte> from_hex(const std::string& text) {
  const auto digit = [&](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    throw std::invalid_argument("--request-hex takes pairs of hexadecimal digits, found '" + std::string(1, c) + "'");
  };
  if (text.size() % 2 != 0) throw std::invalid_argument("--request-hex takes pairs of hexadecimal digits, found " + std::to_string(text.size()) + " digits");
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) bytes.push_back(static_cast<std::byte>(digit(text[i]) << 4 | digit(text[i + 1])));
  return bytes;
}

std::vector<std::byte> one_request(const method& m, const tool::bench_options& o, random_bits& random) {
  if (o.request_hex) return from_hex(*o.request_hex);
  if (o.request_size) return random_bytes(*o.request_size, random);
  if (!m.described) throw std::invalid_argument("of " + m.name + " the server's description says nothing, so its arguments cannot be made up; give --request-hex or --request-size");
  return random_request(m, random, request_size_default);
}

std::vector<std::byte> one_batch(const method& m, const tool::bench_options& o, random_bits& random) {
  std::vector<std::byte> all;
  for (std::uint32_t i = 0; i < o.batch; ++i) {
    const auto bytes = one_request(m, o, random);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

void check_batch(const method& m) {
  if (!m.fixed_request() || !m.fixed_answer() || m.request_size == 0) {
    throw std::invalid_argument("--batch takes methods whose parameters and result are of fixed size and described; " + m.name + " is not one");
  }
}

target make_target(const method& m, const tool::bench_options& o) {
  target t{m, {}, o.batch};
  if (o.batch != 0) check_batch(m);
  random_bits random(o.seed * 0x10001 + m.id);
  std::size_t bytes = 0;
  do {
    t.requests.push_back(o.batch != 0 ? one_batch(m, o, random) : one_request(m, o, random));
    bytes += t.requests.back().size();
  } while (t.requests.size() < requests_most && bytes < bytes_most && !o.request_hex);
  return t;
}

}  // namespace

std::vector<target> make_targets(const description& d, const tool::bench_options& o) {
  std::vector<target> targets;
  for (const std::string& name : o.methods) {
    const method m = d.find(name);
    if (std::ranges::any_of(targets, [&](const target& t) { return t.what.id == m.id; })) throw std::invalid_argument("the method '" + name + "' is named twice");
    targets.push_back(make_target(m, o));
  }
  return targets;
}

}  // namespace ringcall::load
