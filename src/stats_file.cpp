#include "stats_file.hpp"

#include "ringcall/error.hpp"

#include "counter.hpp"
#include "cpu.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ringcall {
namespace {

constexpr std::uint64_t up(std::uint64_t size, std::uint64_t to) noexcept { return (size + to - 1) / to * to; }

struct layout {
  std::uint32_t methods, loops, channels, interfaces;
  std::uint64_t first_loop, loop_size, size;
};

// First what is written once, and the channels', whose entries have lines of their own; then each loop's part on pages of its own.
layout lay_out(std::uint64_t methods, std::uint64_t loops, std::uint64_t channels, std::uint64_t text) noexcept {
  layout l{};
  std::uint64_t end = up(sizeof(ringcall_stats_header), RINGCALL_HOT_SIZE);
  auto part = [&end](std::uint64_t size) {
    const std::uint64_t begin = end;
    end = up(end + size, RINGCALL_HOT_SIZE);
    return static_cast<std::uint32_t>(begin);
  };
  l.methods = part(methods * sizeof(ringcall_method_info));
  l.loops = part(loops * sizeof(ringcall_loop_info));
  l.interfaces = part(text);
  l.channels = part(channels * sizeof(ringcall_channel_stats));
  l.first_loop = up(end, RINGCALL_PAGE_SIZE);
  l.loop_size = up(sizeof(ringcall_loop_stats) + RINGCALL_SAMPLES * sizeof(ringcall_sample) + methods * sizeof(ringcall_method_stats), RINGCALL_PAGE_SIZE);
  l.size = l.first_loop + loops * l.loop_size;
  return l;
}

// As much of it as fits, whole characters, and a NUL.
template <std::size_t N>
void copy_text(char (&to)[N], const std::string& text) noexcept {
  std::size_t size = std::min(text.size(), N - 1);
  while (size < text.size() && size > 0 && (text[size] & 0xc0) == 0x80) --size;
  std::memcpy(to, text.data(), size);
  to[size] = '\0';
}

std::uint64_t realtime_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

void describe_methods(std::span<ringcall_method_info> infos, const registry& registered) {
  const auto names = registered.interfaces.method_names();
  const auto& ids = registered.methods.ids();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const method& m = *registered.methods.find(ids[i]);
    const auto name = names.find(ids[i]);
    infos[i].id = ids[i];
    infos[i].on_worker = m.where != placement::loop;
    infos[i].request_size = m.request_size;
    infos[i].answer_size = m.answer_size;
    infos[i].takes_batches = m.batch == nullptr ? 0 : m.call != nullptr ? 1 : 2;
    copy_text(infos[i].name, name != names.end() ? name->second : "method " + std::to_string(ids[i]));
  }
  infos.back().id = 0xffff;
  copy_text(infos.back().name, "unknown method");
}

}  // namespace

stats_file::stats_file(const std::string& name, std::uint64_t epoch, const options& o, const registry& registered) {
  static const char what[] = "the statistics";
  const std::string& text = registered.interfaces.text();
  const auto methods = static_cast<std::uint32_t>(registered.methods.ids().size() + 1);
  channel_count_ = std::min(o.channels_max, channels_most);
  const layout l = lay_out(methods, o.loops, channel_count_, text.size());
  if (l.first_loop + o.loops * l.loop_size > UINT32_MAX) { // a loop's stats are found by 32 bits
    throw std::system_error(errc::invalid_option, std::to_string(methods) + " methods for each of " + std::to_string(o.loops) +
                                                      " loops are too many: their statistics would have " + std::to_string(l.size >> 30) + " GiB, at most 4 are possible; take fewer loops");
  }
  for (std::uint32_t i = channel_count_; i != 0; --i) free_.push_back(i - 1);
  fd_ = memory_file::create("ringcall-stats", l.size, what);
  region_ = memory_file::map(fd_.get(), l.size, what);
  memory_file::seal_for_readers(fd_.get(), what);

  ringcall_stats_header& h = header();
  h.version = RINGCALL_STATS_VERSION;
  h.abi_version = RINGCALL_ABI_VERSION;
  h.size = l.size;
  h.epoch = epoch;
  h.pid = getpid();
  h.method_count = methods;
  h.loop_count = o.loops;
  h.channel_count = channel_count_;
  h.methods_offset = l.methods;
  h.loops_offset = l.loops;
  h.channels_offset = l.channels;
  h.interface_offset = l.interfaces;
  h.interface_size = static_cast<std::uint32_t>(text.size());
  h.clock_kind = cpu::clock_kind();
  h.started = cpu::monotonic_clock().ns();
  h.started_realtime = realtime_ns();
  h.slots = o.slots;
  h.stride = o.stride;
  h.request_arena = o.request_arena;
  h.answer_arena = o.answer_arena;
  h.workers = registered.methods.has_worker_methods() ? std::max(1u, o.workers) : 0;
  h.server_spin = static_cast<std::uint64_t>(o.spin.count());
  h.client_spin = RINGCALL_SPIN_OWN;
  copy_text(h.name, name);
  std::memcpy(at<char>(l.interfaces), text.data(), text.size());
  describe_methods({at<ringcall_method_info>(l.methods), methods}, registered);
  for (std::uint32_t i = 0; i < o.loops; ++i) {
    const std::uint64_t begin = l.first_loop + i * l.loop_size, samples = begin + sizeof(ringcall_loop_stats);
    at<ringcall_loop_info>(l.loops)[i] = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(samples), samples + RINGCALL_SAMPLES * sizeof(ringcall_sample)};
  }
  channels_ = at<ringcall_channel_stats>(l.channels);
  h.magic = RINGCALL_STATS_MAGIC;
}

unique_fd stats_file::read_only() const {
  const std::string path = "/proc/self/fd/" + std::to_string(fd_.get());
  return unique_fd(checked(open(path.c_str(), O_RDONLY | O_CLOEXEC), "opening the statistics for reading, by /proc/self/fd"));
}

loop_block stats_file::loop(std::uint32_t number) const noexcept {
  const ringcall_loop_info& info = at<ringcall_loop_info>(header().loops_offset)[number];
  return {*at<ringcall_loop_stats>(info.stats_offset), {at<ringcall_method_stats>(info.methods_offset), header().method_count}, {at<ringcall_sample>(info.samples_offset), RINGCALL_SAMPLES}};
}

stats_file::entry stats_file::claim() noexcept {
  std::lock_guard lock(mutex_);
  if (free_.empty()) return {};
  ringcall_channel_stats& stats = channels_[free_.back()];
  free_.pop_back();
  return {*this, stats};
}

void stats_file::free(ringcall_channel_stats& stats) noexcept {
  {
    const entry_writing w(stats);
    set(stats.id, 0);
  }
  std::lock_guard lock(mutex_);
  free_.push_back(static_cast<std::uint32_t>(&stats - channels_)); // has its capacity from the beginning
}

entry_writing::entry_writing(ringcall_channel_stats& stats) noexcept : sequence_(stats.sequence) {
  set(sequence_, recent(sequence_) | 1);
  std::atomic_thread_fence(std::memory_order_release); // before the words that follow
}

entry_writing::~entry_writing() { std::atomic_ref(sequence_).store(recent(sequence_) + 1, std::memory_order_release); }

}  // namespace ringcall
