#include "segment.hpp"

#include "ringcall/error.hpp"

#include "cpu.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <array>
#include <bit>
#include <cerrno>

namespace ringcall {
namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

[[noreturn]] void invalid(const std::string& what) { throw std::system_error(errc::invalid_segment, what); }

constexpr std::uint32_t page_up(std::uint32_t size) noexcept { return (size + RINGCALL_PAGE_SIZE - 1) & ~std::uint32_t{RINGCALL_PAGE_SIZE - 1}; }

constexpr std::uint32_t black_box_size = sizeof(ringcall_black_box) + RINGCALL_BLACK_BOX_RUNS * sizeof(ringcall_black_box_run);
static_assert(black_box_size == RINGCALL_PAGE_SIZE);

struct layout {
  std::uint64_t slots, request_arena, answer_arena, times, black_box, size;
};

// Page 0 header, 1 the client's counters, 2 the server's, then slots, arenas, times and the black box, each on pages of its own.
layout lay_out(const options& o) noexcept {
  layout l{};
  l.slots = 3 * RINGCALL_PAGE_SIZE;
  l.request_arena = l.slots + page_up(o.slots * o.stride);
  l.answer_arena = l.request_arena + o.request_arena;
  l.times = l.answer_arena + o.answer_arena;
  l.black_box = l.times + page_up(o.slots * std::uint32_t{sizeof(ringcall_times)});
  l.size = l.black_box + black_box_size;
  return l;
}

}  // namespace

std::uint64_t monotonic_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t segment::size_for(const options& o) noexcept { return lay_out(o).size; }

// A forked child shall not be able to speak on the parent's channel: map sees to it.
segment::segment(unique_fd fd, std::uint64_t size) : fd_(std::move(fd)), region_(memory_file::map(fd_.get(), size, "a segment")) {}

segment segment::create(const options& o, std::uint64_t epoch) {
  const layout l = lay_out(o);
  unique_fd fd = memory_file::create("ringcall", l.size, "a segment");
  memory_file::seal(fd.get(), "a segment");
  segment s(std::move(fd), l.size);

  ringcall_segment_header& h = s.header();
  h.abi_version = RINGCALL_ABI_VERSION;
  h.header_size = sizeof h;
  h.segment_size = l.size;
  h.epoch = epoch;
  h.clock_base_ns = monotonic_ns();
  h.tick_shift = RINGCALL_TICK_SHIFT;
  h.ring_count = 1;
  h.client_counters_offset = RINGCALL_PAGE_SIZE;
  h.client_counters_size = sizeof(ringcall_client_counters);
  h.server_counters_offset = 2 * RINGCALL_PAGE_SIZE;
  h.server_counters_size = sizeof(ringcall_server_counters);
  h.black_box_offset = static_cast<std::uint32_t>(l.black_box);
  h.black_box_size = black_box_size;
  const cpu::clock_description clock = cpu::describe_clock();
  h.clock_kind = clock.kind;
  h.clock_scale = clock.scale;
  h.clock_count = clock.count;
  h.clock_ns = clock.ns;
  h.server.state = RINGCALL_STATE_OPEN;
  ringcall_ring_entry& r = h.rings[0];
  r.slots_offset = static_cast<std::uint32_t>(l.slots);
  r.slot_count = o.slots;
  r.slot_stride = o.stride;
  r.control_offset = RINGCALL_CONTROL_OFFSET;
  r.request_arena_offset = static_cast<std::uint32_t>(l.request_arena);
  r.request_arena_size = o.request_arena;
  r.answer_arena_offset = static_cast<std::uint32_t>(l.answer_arena);
  r.answer_arena_size = o.answer_arena;
  r.times_offset = static_cast<std::uint32_t>(l.times);
  r.times_stride = sizeof(ringcall_times);
  h.magic = RINGCALL_SEGMENT_MAGIC;
  s.adopt();
  s.control().want_request = RINGCALL_WANT_NONE;
  s.control().want_answer = RINGCALL_WANT_NONE;
  s.control().client_spin = RINGCALL_SPIN_OWN;
  return s;
}

segment segment::open(unique_fd fd, std::uint64_t size) {
  const int has = fcntl(fd.get(), F_GET_SEALS);
  if (has == -1) invalid("the descriptor received is no sealable memory file; expected a sealed memfd");
  if ((has & seals) != seals) invalid("the memory file is not sealed against shrinking, growing and unsealing");
  struct stat st;
  checked(fstat(fd.get(), &st), "fstat on the segment");
  if (static_cast<std::uint64_t>(st.st_size) != size) {
    invalid("the memory file has " + std::to_string(st.st_size) + " bytes, announced were " + std::to_string(size));
  }
  if (size < RINGCALL_PAGE_SIZE) invalid("a segment of " + std::to_string(size) + " bytes is smaller than its first page");
  segment s(std::move(fd), size);
  s.adopt();
  return s;
}

void segment::adopt() {
  const ringcall_segment_header h = header(); // one copy; only the copy is checked and used
  if (h.magic != RINGCALL_SEGMENT_MAGIC) invalid("the segment does not begin with the ringcall magic");
  if (h.abi_version != RINGCALL_ABI_VERSION) {
    invalid("the segment has ABI version " + std::to_string(h.abi_version) + ", this side has " + std::to_string(RINGCALL_ABI_VERSION));
  }
  if (h.header_size != sizeof h || h.segment_size != size() || h.epoch == 0 || h.tick_shift > 30 || h.ring_count == 0 || h.ring_count > RINGCALL_RINGS_MAX) {
    invalid("the segment's header contradicts itself");
  }
  const ringcall_ring_entry r = h.rings[0];
  if (!std::has_single_bit(r.slot_count) || r.slot_count < RINGCALL_SLOTS_MIN || r.slot_count > RINGCALL_SLOTS_MAX) invalid("the ring's slot count is not a power of two from 2 to 16384");
  if (r.slot_stride != RINGCALL_STRIDE_SMALL && r.slot_stride != RINGCALL_STRIDE_LARGE) invalid("the ring's stride is neither 32 nor 64");
  if (r.times_offset != 0 && r.times_stride != sizeof(ringcall_times)) invalid("the ring's times are " + std::to_string(r.times_stride) + " bytes apart, expected " + std::to_string(sizeof(ringcall_times)));
  if (h.black_box_offset != 0 && h.black_box_size < black_box_size) invalid("the segment's black box is too small");
  if ((h.clock_kind != RINGCALL_CLOCK_MONOTONIC && h.clock_kind != RINGCALL_CLOCK_CYCLES) || h.clock_scale == 0) invalid("the segment's clock is of no known kind");
  struct part {
    std::uint64_t offset, size, align;
  };
  constexpr std::size_t first_optional = 6; // times and the black box
  const std::array<part, 8> parts{{{r.slots_offset, std::uint64_t{r.slot_count} * r.slot_stride, RINGCALL_CACHE_LINE},
                                   {r.control_offset, sizeof(ringcall_ring_control), RINGCALL_HOT_SIZE},
                                   {r.request_arena_offset, r.request_arena_size, RINGCALL_CACHE_LINE},
                                   {r.answer_arena_offset, r.answer_arena_size, RINGCALL_CACHE_LINE},
                                   {h.client_counters_offset, h.client_counters_size, 8},
                                   {h.server_counters_offset, h.server_counters_size, 8},
                                   {r.times_offset, std::uint64_t{r.slot_count} * r.times_stride, RINGCALL_CACHE_LINE},
                                   {h.black_box_offset, h.black_box_size, RINGCALL_CACHE_LINE}}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const part& p = parts[i];
    if (p.offset == 0 && i >= first_optional) continue; // there is none
    if (p.offset % p.align != 0 || p.offset < sizeof h || p.offset + p.size > size()) invalid("a part of the segment is misaligned or leaves it");
    for (std::size_t j = 0; j < i; ++j) {
      if ((parts[j].offset != 0 || j < first_optional) && p.offset < parts[j].offset + parts[j].size && parts[j].offset < p.offset + p.size) invalid("parts of the segment overlap");
    }
  }
  if (h.client_counters_size < sizeof(ringcall_client_counters) || h.server_counters_size < sizeof(ringcall_server_counters)) invalid("the segment's counters are too small");
  entry_ = r;
  black_box_ = h.black_box_offset;
  client_counters_ = h.client_counters_offset;
  server_counters_ = h.server_counters_offset;
  epoch_ = h.epoch;
  clock_base_ns_ = h.clock_base_ns;
  clock_count_ = h.clock_count;
  tick_shift_ = h.tick_shift;
}

}  // namespace ringcall
