#include "running_server.hpp"

#include "system.hpp"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace ringcall::test {

temporary_directory::temporary_directory() {
  char name[] = "/tmp/ringcall-test-XXXXXX";
  if (mkdtemp(name) == nullptr) throw_errno("mkdtemp");
  path_ = name;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored; // what cannot be removed is left to the system's cleaner
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::pair<std::uint16_t, method>> make_methods(gate& g, std::atomic<std::uint64_t>& counter) {
  std::vector<std::pair<std::uint16_t, method>> methods;
  auto put = [&](std::uint16_t id, method m) { methods.emplace_back(id, std::move(m)); };
  put(add, make_method<pair_request, sum_answer>([](const pair_request& r) { return sum_answer{std::int64_t{r.a} + r.b}; }, on_loop));
  put(echo, make_bytes_method([](std::span<const std::byte> in, answer& out) { std::ranges::copy(in, out.resize(in.size()).begin()); }, on_loop));
  put(fail, make_method<number, number>([](const number& n) -> number { throw failure(static_cast<std::uint32_t>(n.value), "failed with " + std::to_string(n.value)); }, on_loop));
  auto wait_at_gate = [&g](const number& n) {
    for (std::uint64_t open = g.open_up_to; open < n.value; open = g.open_up_to) g.open_up_to.wait(open);
    return n;
  };
  put(gate_worker, make_method<number, number>(wait_at_gate, on_worker));
  auto grow_to = [](std::span<const std::byte> in, answer& out) {
    std::uint64_t size = 0;
    std::memcpy(&size, in.data(), std::min(in.size(), sizeof size));
    std::ranges::fill(out.resize(size), std::byte{0x5a});
  };
  put(grow, make_bytes_method(grow_to, on_loop));
  put(grow_worker, make_bytes_method(grow_to, on_worker));
  auto grow_and_swallow = [](std::span<const std::byte>, answer& out) {
    out.resize(4);
    try {
      out.resize(1u << 30);
    } catch (const answer_too_large&) {
    }
  };
  put(swallow, make_bytes_method(grow_and_swallow, on_loop));
  auto times_ten = [](std::span<const number> in, std::span<number> out) {
    for (std::size_t i = 0; i < in.size(); ++i) out[i].value = in[i].value * 10;
  };
  put(scale, make_batch_method<number, number>(times_ten, on_loop));
  put(throw_int, make_method<number, number>([](const number& n) -> number { throw static_cast<int>(n.value); }, on_loop));
  auto change_size = [](std::span<const std::byte>, answer& out) {
    std::ranges::fill(out.resize(1000), std::byte{1});
    std::ranges::fill(out.resize(3000), std::byte{2});
    std::ranges::fill(out.resize(4), std::byte{3});
  };
  put(resize_twice, make_bytes_method(change_size, on_loop));
  auto reversed = [](wide_record r) {
    std::ranges::reverse(r.words);
    return r;
  };
  put(wide, make_method<wide_record, wide_record>(reversed, on_loop));
  put(count, make_method<number, number>([&counter](const number& n) { return counter.fetch_add(1), n; }, on_loop));
  return methods;
}

running_server::running_server(options o, const std::function<void(server&)>& setup) : server_([this] { return path; }(), (o.handle_signals = false, o)) {
  for (auto& [id, m] : make_methods(workers_gate, counter)) server_.add(id, std::move(m));
  if (setup) setup(server_);
  thread_ = std::thread([this] { result_ = server_.run(); });
  while (!listens() && result_ == -1) std::this_thread::yield();
}

bool running_server::listens() const {
  try {
    connect_to(path);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

int running_server::stop() {
  if (!thread_.joinable()) return result_;
  workers_gate.open(~0ull);
  server_.stop();
  thread_.join();
  return result_;
}

}  // namespace ringcall::test
