#include "rig.hpp"

#include "frames.hpp"
#include "sample.hpp"

namespace ringcall::fuzz {
namespace {

struct pair { std::int32_t a, b; };
struct number { std::uint64_t value; };
struct large { std::uint64_t words[5]; };
struct small { std::uint8_t byte; };

std::uint64_t sum_of(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (const std::byte b : bytes) sum = sum * 31 + static_cast<std::uint64_t>(b);
  return sum;
}

void reverse(std::span<const std::byte> in, answer& out) { std::ranges::reverse_copy(in, out.resize(in.size()).begin()); }

// Of a size that the request says.
void grow(std::span<const std::byte> in, answer& out) {
  std::uint32_t size = 0;
  std::memcpy(&size, in.data(), std::min(in.size(), sizeof size));
  std::ranges::fill(out.resize(size % 8192), std::byte{0x5a});
}

void grow_and_shrink(std::span<const std::byte>, answer& out) {
  std::ranges::fill(out.resize(1000), std::byte{1});
  try {
    out.resize(1u << 30);
  } catch (const answer_too_large&) {
  }
  std::ranges::fill(out.resize(500), std::byte{2});
  out.resize(4);
}

}  // namespace

handlers::handlers() {
  auto looked_at = [this](std::size_t bytes) {
    worked += bytes;
    if (meanwhile) meanwhile();
  };
  auto on_loop_bytes = [looked_at](auto f) {
    return make_bytes_method([=](std::span<const std::byte> in, answer& out) {
      looked_at(in.size());
      f(in, out);
    }, on_loop);
  };
  auto add = [&, id = std::uint16_t{1}](method m) mutable { methods.add(id++, std::move(m)); };
  add(make_method<pair, number>([=](const pair& p) { return looked_at(sizeof p), number{static_cast<std::uint64_t>(std::int64_t{p.a} + p.b)}; }, on_loop));
  add(on_loop_bytes(reverse));
  add(on_loop_bytes(grow));
  add(on_loop_bytes(grow_and_shrink));
  add(make_method<number, number>([=](const number& n) -> number {
    looked_at(sizeof n);
    if (n.value % 3 == 0) throw failure(static_cast<std::uint32_t>(n.value), std::string(n.value % 2000, 'x'));
    if (n.value % 3 == 1) throw 1;
    return n;
  }, on_loop));
  add(make_method<large, large>([=](large l) { return looked_at(sizeof l), l; }, on_loop));
  add(make_method<void, number>([=] { return looked_at(0), number{1}; }, on_loop));
  add(make_method<small, void>([=](const small& s) {
    looked_at(sizeof s);
    if (s.byte == 0xee) throw failure(9u, "as asked");
  }, on_loop));
  add(make_method<sample::flags, number>([=](const sample::flags& f) { return looked_at(sizeof f), number{f.up ? 1u : 0u}; }, on_loop));
  add(make_batch_method<number, number>([=](std::span<const number> in, std::span<number> out) {
    looked_at(in.size_bytes() + out.size_bytes());
    for (std::size_t i = 0; i < in.size(); ++i) out[i].value = in[i].value * 10;
  }, on_loop));
  add(on_loop_bytes([](std::span<const std::byte> in, answer& out) {
    const auto [team, names] = wire::read_request<sample::team, sequence<std::string_view>>(in);
    std::uint64_t total = team.name.size();
    for (const sample::person& p : team.members) total += p.name.size();
    for (const std::string_view name : names) total += name.size();
    wire::write_answer(out, total);
  }));
  auto counted = [this](auto f) { return [this, f](std::span<const std::byte> in, answer& out) { ++on_worker, f(in, out); }; };
  add(make_bytes_method(counted(reverse), placement::worker));
  add(make_bytes_method(counted(grow), placement::worker));
  add(make_method<number, number>([this](const number& n) { return ++on_worker, number{sum_of(std::as_bytes(std::span(&n, 1)))}; }, placement::worker));
  add(make_batch_method<number, number>([this](std::span<const number> in, std::span<number> out) {
    ++on_worker;
    for (std::size_t i = 0; i < in.size(); ++i) out[i].value = in[i].value + 1;
  }, placement::worker));
}

}  // namespace ringcall::fuzz
