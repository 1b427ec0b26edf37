// A made-up server for a look at the tools by hand: fake-server PATH, until its standard input ends.

#include "fake_server.hpp"

#include <poll.h>
#include <unistd.h>

#include "observe/snapshot.hpp"

#include <random>

using namespace ringcall::tool::test;

int main(int, char** argv) {
  fake_stats f({.methods = {{"quotes.last_price", 16, 24}, {"quotes.subscribe_to_everything", 0, 0}, {"quotes.history", 8, 0, true}, {"orders.place", 40, 8}, {"orders.cancel", 8, 8}}, .loops = 2, .name = "quotes"});
  fake_server s(argv[1], f);
  f.add_channel(0, getppid(), 100);
  f.add_channel(1, getpid(), 100);
  std::mt19937 random(1);
  std::lognormal_distribution<double> fast(6, 0.5), slow(9, 1);
  for (pollfd p{0, POLLIN, 0}; poll(&p, 1, 10) == 0;) {
    const auto now = ringcall::observe::monotonic_now_ns();
    f.loop(0).beat = f.loop(1).beat = now;
    f.count_calls(0, 24'000);
    f.count_calls(1, 300);
    f.count_calls(3, 4'100);
    f.count_failures(3, 17, 40);
    f.count_calls(2, 3, 1);
    if (f.header().sample_every == 0) continue;
    for (std::uint16_t m = 0; m < 4; ++m) {
      for (int i = 0; i < 30; ++i) {
        const auto posted = now, taken = posted + static_cast<std::uint64_t>(m == 2 ? slow(random) : fast(random)), answered = taken + static_cast<std::uint64_t>(m > 1 ? slow(random) : fast(random));
        f.record({.posted = posted, .taken = taken, .answered = answered, .observed = answered + static_cast<std::uint64_t>(fast(random) * 2), .method = m, .records = 1,
                  .flags = i % 5 == 0 ? RINGCALL_SAMPLE_SERVER_RUNG : i % 4 == 0 ? RINGCALL_SAMPLE_CLIENT_RUNG : 0u});
      }
    }
  }
}
