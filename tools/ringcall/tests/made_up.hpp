#pragma once
// One made-up server in the midst of its work, for everything that prints.

#include "fake_stats.hpp"

#include "observe/snapshot.hpp"

namespace ringcall::tool::test {

// Five methods, two of them idle; one second of calls between the two snapshots, which cover exactly that.
struct made_up {
  fake_stats stats{{.methods = {{"quotes.last_price", 16, 24}, {"quotes.subscribe_to_everything_there_is", 0, 0, false, true}, {"quotes.history", 8, 0, true}, {"orders.place", 40, 8},
                                {"orders.cancel", 8, 8}},
                    .loops = 2,
                    .name = "quotes",
                    .interface_text = "service quotes: fingerprint 1\nquotes 1: method last_price\n"}};
  observe::stats_view view = open();
  observe::snapshot period = fill();

 private:
  observe::stats_view open() {
    stats.header().pid = 4711;
    return observe::stats_view(stats.descriptor());
  }

  observe::snapshot fill() {
    auto before = observe::take(view);
    stats.header().sample_every = 64;
    stats.count_calls(0, 2'410'000);
    stats.count_calls(2, 95, 1);
    stats.count_calls(3, 40'000, 1);
    stats.count_failures(3, 17, 1'250, 1);
    stats.method(3, 1).statuses[RINGCALL_EXPIRED] += 3;
    stats.loop(0).runs = 201'000;
    stats.loop(1).bells_rung = 12;
    stats.loop(1).asleep = 1;
    stats.loop(1).sleeps = 9;
    stats.loop(0).longest_turn = 41'000;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const std::uint64_t spread = i * i / 100;
      stats.record(one(0, 300 + spread / 20, 120 + spread / 50, 400 + spread / 30, 0));
      if (i % 10 == 0) stats.record(one(3, 900 + spread, 30'000 + 40 * spread, 500, i % 20 == 0 ? RINGCALL_SAMPLE_CLIENT_RUNG : 0), 1);
      if (i % 100 == 0) stats.record(one(2, 55'000 + spread, 4'000'000 + 1000 * spread, 70'000, RINGCALL_SAMPLE_SERVER_RUNG | RINGCALL_SAMPLE_CLIENT_RUNG), 1);
    }
    stats.add_channel(0, 1'000'001, 2'410'000);
    stats.add_channel(3, 1'000'002, 40'095);
    auto now = observe::take(view);
    before.at_ns = 5'000'000'000;
    now.at_ns = 6'000'000'000;
    for (auto& c : now.channels) c.attached = c.updated = 5'900'000'000;
    for (auto& l : now.loops) l.beat = 5'999'000'000;
    return observe::delta(now, before);
  }

  static ringcall_sample one(std::uint16_t method, std::uint64_t queue, std::uint64_t handler, std::uint64_t response, std::uint32_t flags) {
    constexpr std::uint64_t posted = 1'000'000'000;
    return {.posted = posted, .taken = posted + queue, .answered = posted + queue + handler, .observed = posted + queue + handler + response, .method = method, .records = 1, .flags = flags};
  }
};

}  // namespace ringcall::tool::test
