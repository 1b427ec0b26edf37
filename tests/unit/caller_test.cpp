// Whose request it is, as handlers are told.

#include "channel_fixture.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

using namespace ringcall;
using namespace ringcall::test;

TEST_CASE("outside a handler there is no caller") {
  CHECK_THROWS_AS(caller(), std::logic_error);
  const client_info a{1, 2, 3}, b{4, 5, 6};
  {
    const caller_scope outer(a);
    CHECK(caller().id == 1);
    {
      const caller_scope inner(b);
      CHECK(caller().id == 4);
      CHECK(caller().pid == 5);
      CHECK(caller().uid == 6);
    }
    CHECK(caller().id == 1);
    bool known = true;
    std::thread([&] {
      try {
        caller();
      } catch (const std::logic_error&) {
        known = false;
      }
    }).join();
    CHECK_FALSE(known);
  }
  CHECK_THROWS_AS(caller(), std::logic_error);
}

TEST_CASE("a handler on the loop is told its channel's client, on every way to it") {
  channel_fixture f;
  f.methods.add(100, make_method<number, number>([](const number&) { return number{caller().id}; }, on_loop));
  f.methods.add(101, make_bytes_method([](std::span<const std::byte>, answer& out) { out.resize(static_cast<std::size_t>(caller().pid)); }, on_loop));
  f.methods.add(102, make_method<number, number>([](const number&) -> number { throw failure(caller().uid, ""); }, on_loop));
  f.client_side.put_value(100, number{});
  f.client_side.put_value(101, number{});
  f.client_side.put_value(102, number{});
  f.client_side.put_value(102, number{});
  f.client_side.put_value(100, number{});
  f.client_side.publish();
  f.server_side.serve();
  const auto r = f.client_side.reap();
  REQUIRE(r.size() == 5);
  CHECK(r[0].as<std::uint64_t>() == 1);
  CHECK(r[1].bytes.size() == 2);
  CHECK(r[2].detail == 3);
  CHECK(r[3].detail == 3);
  CHECK(r[4].as<std::uint64_t>() == 1);
  CHECK_THROWS_AS(caller(), std::logic_error);
}
