#include "fake_stats.hpp"

#include "observe/snapshot.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace ringcall::tool::test {
namespace {

struct layout {
  std::uint64_t end = 0;
  std::uint64_t take(std::uint64_t count, std::uint64_t each) {
    const std::uint64_t offset = (end + 63) / 64 * 64;
    end = offset + count * each;
    return offset;
  }
};

void put_text(char* into, std::size_t size, const std::string& text) { std::memcpy(into, text.data(), std::min(text.size(), size - 1)); }

}  // namespace

fake_stats::fake_stats(const fake_shape& shape) {
  const auto methods = static_cast<std::uint32_t>(shape.methods.size()) + 1;
  layout l;
  l.take(1, sizeof(ringcall_stats_header));
  ringcall_stats_header h{};
  h.methods_offset = static_cast<std::uint32_t>(l.take(methods, sizeof(ringcall_method_info)));
  h.loops_offset = static_cast<std::uint32_t>(l.take(shape.loops, sizeof(ringcall_loop_info)));
  h.channels_offset = static_cast<std::uint32_t>(l.take(shape.channels, sizeof(ringcall_channel_stats)));
  h.interface_offset = static_cast<std::uint32_t>(l.take(shape.interface_text.size(), 1));
  std::vector<ringcall_loop_info> loops(shape.loops);
  for (auto& info : loops) {
    info.stats_offset = static_cast<std::uint32_t>(l.take(1, sizeof(ringcall_loop_stats)));
    info.samples_offset = static_cast<std::uint32_t>(l.take(RINGCALL_SAMPLES, sizeof(ringcall_sample)));
    info.methods_offset = l.take(methods, sizeof(ringcall_method_stats));
  }
  size_ = l.end;
  file_.reset(checked(memfd_create("fake-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
  checked(ftruncate(file_.get(), static_cast<off_t>(size_)), "ftruncate");
  void* base = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (base == MAP_FAILED) throw_errno("mmap");
  base_ = static_cast<std::byte*>(base);
  checked(fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "sealing");
  read_only_.reset(checked(open(("/proc/self/fd/" + std::to_string(file_.get())).c_str(), O_RDONLY | O_CLOEXEC), "reopening read-only"));

  h.magic = RINGCALL_STATS_MAGIC;
  h.version = RINGCALL_STATS_VERSION;
  h.abi_version = RINGCALL_ABI_VERSION;
  h.size = size_;
  h.epoch = 0x1234'5678'9abc;
  h.pid = getpid();
  h.method_count = methods;
  h.loop_count = shape.loops;
  h.channel_count = shape.channels;
  h.interface_size = static_cast<std::uint32_t>(shape.interface_text.size());
  h.clock_kind = RINGCALL_CLOCK_CYCLES;
  h.started = observe::monotonic_now_ns();
  h.started_realtime = static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000'000;
  h.slots = 512;
  h.stride = 32;
  h.request_arena = 128 * 1024;
  h.answer_arena = 64 * 1024;
  h.server_spin = 50'000;
  h.client_spin = RINGCALL_SPIN_OWN;
  put_text(h.name, sizeof h.name, shape.name);
  header() = h;
  for (std::uint32_t i = 0; i < shape.loops; ++i) loop_info(i) = loops[i];
  for (std::uint32_t i = 0; i < methods; ++i) {
    const bool known = i + 1 < methods;
    const fake_method m = known ? shape.methods[i] : fake_method{"unknown method", 0, 0};
    ringcall_method_info& info = method_info(i);
    info.id = static_cast<std::uint16_t>(known ? i + 1 : 0xffff);
    info.on_worker = m.on_worker;
    info.takes_batches = m.takes_batches;
    info.request_size = m.request_size;
    info.answer_size = m.answer_size;
    put_text(info.name, sizeof info.name, m.name);
  }
  std::memcpy(base_ + h.interface_offset, shape.interface_text.data(), shape.interface_text.size());
}

fake_stats::~fake_stats() { munmap(base_, size_); }

void fake_stats::count_calls(std::uint32_t m, std::uint64_t calls, std::uint32_t l) {
  method(m, l).calls += calls;
  loop(l).calls += calls;
  loop(l).runs += calls;
  loop(l).run_lengths[0] += calls;
}

void fake_stats::count_failures(std::uint32_t m, std::uint32_t code, std::uint64_t count, std::uint32_t l) {
  ringcall_method_stats& s = method(m, l);
  s.statuses[RINGCALL_FAILED] += count;
  for (auto& entry : s.failures) {
    if (entry.used != 0 && entry.code != code) continue;
    entry.code = code;
    entry.count += count;
    entry.used = 1;
    return;
  }
  s.other_failures += count;
}

void fake_stats::record(std::uint32_t m, ringcall_stage stage, std::uint64_t ns, std::uint64_t times, std::uint32_t l) {
  ringcall_histogram& h = method(m, l).stages[stage];
  h.buckets[observe::bucket_of(ns)] += times;
  h.count += times;
  h.sum += ns * times;
  h.max = std::max(h.max, ns);
}

void fake_stats::record(ringcall_sample s, std::uint32_t l) {
  s.sequence = ++loop(l).samples;
  sample_entry(s.sequence - 1, l) = s;
  ++method(s.method, l).sampled;
  record(s.method, RINGCALL_STAGE_TOTAL, s.observed - s.posted, 1, l);
  record(s.method, (s.flags & RINGCALL_SAMPLE_SERVER_RUNG) != 0 ? RINGCALL_STAGE_SERVER_WAKE : RINGCALL_STAGE_QUEUE, s.taken - s.posted, 1, l);
  record(s.method, RINGCALL_STAGE_HANDLER, s.answered - s.taken, 1, l);
  record(s.method, (s.flags & RINGCALL_SAMPLE_CLIENT_RUNG) != 0 ? RINGCALL_STAGE_CLIENT_WAKE : RINGCALL_STAGE_RESPONSE, s.observed - s.answered, 1, l);
}

void fake_stats::add_channel(std::uint32_t entry, std::int32_t pid, std::uint64_t calls) {
  ringcall_channel_stats& c = channel(entry);
  c.sequence += 2;
  c.id = entry + 1;
  c.pid = pid;
  c.attached = c.updated = observe::monotonic_now_ns();
  c.taken = c.answered = calls;
  c.polled = 1;
  c.segment_size = 220 * 1024;
  c.server.calls = c.client.calls = calls;
  c.server.runs = c.client.runs = calls;
  ++loop().attached;
}

}  // namespace ringcall::tool::test
