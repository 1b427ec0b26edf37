// The statistics' file: what is in it from the start, who may write it, who has which part.

#include "stats_file.hpp"

#include "counter.hpp"
#include "ringcall/error.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

using namespace ringcall;

namespace {

struct number {
  std::uint64_t value;
};

struct stats_fixture {
  stats_fixture() {
    registered.interfaces.add("quotes", 7,
                              "service quotes: version 1\nquotes 4: name price, kind call, request 8, answer 8\nquotes 4.at: type u64, offset 0\nquote: size 8, align 8\n"
                              "quotes 9: name note, kind oneway, request 8\n");
    registered.methods.add(9, make_method<number, number>([](const number& n) { return n; }, on_worker));
    registered.methods.add(4, make_method<number, number>([](const number& n) { return n; }, on_loop));
    registered.methods.add(300, make_bytes_method([](std::span<const std::byte>, answer&) {}, on_loop));
    o.loops = 3;
    o.channels_max = 5;
  }

  registry registered;
  options o;
};

}  // namespace

TEST_CASE("the file says what the server is") {
  stats_fixture f;
  const stats_file file("calc", 42, f.o, f.registered);
  const ringcall_stats_header& h = file.header();
  CHECK(h.magic == RINGCALL_STATS_MAGIC);
  CHECK(h.version == RINGCALL_STATS_VERSION);
  CHECK(h.size == file.size());
  CHECK(h.epoch == 42);
  CHECK(h.pid == getpid());
  CHECK(h.loop_count == 3);
  CHECK(h.channel_count == 5);
  CHECK(h.workers == 1);
  CHECK(h.started != 0);
  CHECK(h.sample_every == 0);
  CHECK(h.client_spin == RINGCALL_SPIN_OWN);
  CHECK(h.server_spin == 50'000);
  CHECK(std::string(h.name) == "calc");
  const char* text = reinterpret_cast<const char*>(&h) + h.interface_offset;
  CHECK(std::string(text, h.interface_size) == f.registered.interfaces.text());
}

TEST_CASE("methods have the names of their interface, and the last is for those that are unknown") {
  stats_fixture f;
  const stats_file file("calc", 42, f.o, f.registered);
  const auto methods = file.methods();
  REQUIRE(methods.size() == 4);
  CHECK(std::string(methods[0].name) == "quotes.note");
  CHECK(methods[0].id == 9);
  CHECK(methods[0].on_worker == 1);
  CHECK(std::string(methods[1].name) == "quotes.price");
  CHECK(methods[1].request_size == 8);
  CHECK(methods[1].takes_batches == 1);
  CHECK(std::string(methods[2].name) == "method 300");
  CHECK(methods[2].takes_batches == 0);
  CHECK(std::string(methods[3].name) == "unknown method");
}

TEST_CASE("names that are too long are cut at a character") {
  stats_fixture f;
  std::string name(126, 'x');
  name += "\u00e9\u00e9";
  const stats_file file(name, 1, f.o, f.registered);
  CHECK(std::string(file.header().name) == std::string(126, 'x'));
}

TEST_CASE("loops share no page") {
  stats_fixture f;
  const stats_file file("calc", 42, f.o, f.registered);
  const auto* base = reinterpret_cast<const std::byte*>(&file.header());
  std::ptrdiff_t end = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const loop_block b = file.loop(i);
    const auto begin = reinterpret_cast<const std::byte*>(&b.stats) - base;
    CHECK(begin % RINGCALL_PAGE_SIZE == 0);
    CHECK(begin >= end);
    CHECK(b.methods.size() == 4);
    CHECK(b.samples.size() == RINGCALL_SAMPLES);
    CHECK(reinterpret_cast<const std::byte*>(b.samples.data()) == reinterpret_cast<const std::byte*>(&b.stats + 1));
    end = reinterpret_cast<const std::byte*>(b.methods.data() + b.methods.size()) - base;
    CHECK(static_cast<std::uint64_t>(end) <= file.size());
  }
  const auto channels_end = reinterpret_cast<const std::byte*>(file.channels().data() + file.channels().size()) - base;
  CHECK(channels_end <= reinterpret_cast<const std::byte*>(&file.loop(0).stats) - base);
}

TEST_CASE("an observer reads what the server writes and can write nothing") {
  stats_fixture f;
  const stats_file file("calc", 42, f.o, f.registered);
  const unique_fd fd = file.read_only();
  void* writable = mmap(nullptr, file.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  CHECK(writable == MAP_FAILED);
  CHECK(pwrite(fd.get(), "x", 1, 0) == -1);
  CHECK(ftruncate(fd.get(), 0) == -1);
  // Nor by opening it anew, where the kernel can see to that.
  const unique_fd again(open(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), O_RDWR | O_CLOEXEC));
  if ((fcntl(fd.get(), F_GET_SEALS) & 0x10) != 0 && again) {
    CHECK(mmap(nullptr, file.size(), PROT_READ | PROT_WRITE, MAP_SHARED, again.get(), 0) == MAP_FAILED);
    CHECK(pwrite(again.get(), "x", 1, 0) == -1);
  }
  const auto view = memory_file::map(fd.get(), file.size(), "the statistics", false);
  bump(file.loop(1).methods[2].calls, 5);
  const auto& info = reinterpret_cast<const ringcall_loop_info*>(static_cast<const std::byte*>(view.get_address()) + file.header().loops_offset)[1];
  const auto* methods = reinterpret_cast<const ringcall_method_stats*>(static_cast<const std::byte*>(view.get_address()) + info.methods_offset);
  CHECK(methods[2].calls == 5);
}

TEST_CASE("a channel's entry is its own until it leaves") {
  stats_fixture f;
  stats_file file("calc", 42, f.o, f.registered);
  std::set<ringcall_channel_stats*> seen;
  {
    std::vector<stats_file::entry> entries;
    for (int i = 0; i < 5; ++i) {
      entries.push_back(file.claim());
      REQUIRE(entries.back().get() != nullptr);
      CHECK(seen.insert(entries.back().get()).second);
      const entry_writing w(*entries.back().get());
      CHECK(entries.back().get()->sequence % 2 == 1);
      entries.back().get()->id = 1;
    }
    CHECK(file.claim().get() == nullptr);
    entries.erase(entries.begin());
    CHECK(std::ranges::count_if(file.channels(), [](auto& c) { return c.id != 0; }) == 4);
    entries.push_back(file.claim());
    CHECK(seen.contains(entries.back().get()));
  }
  for (const auto& c : file.channels()) {
    CHECK(c.id == 0);
    CHECK(c.sequence % 2 == 0);
  }
}
