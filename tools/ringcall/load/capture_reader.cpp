#include "capture_reader.hpp"

#include "ringcall/abi.h"
#include "system.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

namespace ringcall::load {
namespace {

constexpr std::uint64_t padded(std::uint64_t size) noexcept { return (size + 7) / 8 * 8; }

struct mappable {
  int fd;
  boost::interprocess::mapping_handle_t get_mapping_handle() const noexcept { return {fd, false}; }
};

[[noreturn]] void bad(const std::string& what) { throw std::runtime_error("the server's capture is none: " + what); }

std::uint64_t size_of(int fd) {
  struct stat st {};
  checked(fstat(fd, &st), "looking at the capture");
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals == -1 || (seals & F_SEAL_SHRINK) == 0) bad("its file may shrink");
  return static_cast<std::uint64_t>(st.st_size);
}

}  // namespace

capture_reader::capture_reader(unique_fd file) {
  const std::uint64_t size = size_of(file.get());
  if (size < sizeof(ringcall_capture)) bad("its file has " + std::to_string(size) + " bytes");
  try {
    region_ = boost::interprocess::mapped_region(mappable{file.get()}, boost::interprocess::read_write, 0, size);
  } catch (const boost::interprocess::interprocess_exception& e) {
    throw std::system_error(e.get_native_error(), std::generic_category(), "mapping the capture");
  }
  auto* base = static_cast<std::byte*>(region_.get_address());
  const std::uint32_t count = std::atomic_ref(reinterpret_cast<ringcall_capture*>(base)->parts).load(std::memory_order_relaxed);
  if (count == 0 || size % count != 0 || size / count < sizeof(ringcall_capture) || size / count % 8 != 0) bad(std::to_string(count) + " parts of " + std::to_string(size) + " bytes");
  for (std::uint32_t i = 0; i < count; ++i) {
    auto* head = reinterpret_cast<ringcall_capture*>(base + size / count * i);
    const std::uint64_t bytes = std::atomic_ref(head->bytes).load(std::memory_order_relaxed);
    if (head->magic != RINGCALL_CAPTURE_MAGIC || !std::has_single_bit(bytes) || bytes < 8 || bytes > size / count - sizeof *head) bad("part " + std::to_string(i) + " has a head that cannot be");
    parts_.push_back({head, bytes, 0});
  }
}

bool capture_reader::drain(const sink& to) {
  return std::ranges::all_of(parts_, [&](part& p) { return drain(p, to); });
}

bool capture_reader::drain(part& p, const sink& to) {
  // PAIR capture-written: with the writer's release.
  const std::uint64_t written = std::atomic_ref(p.head->written).load(std::memory_order_acquire);
  if (written - p.read > p.bytes) bad("it says that more was written than it holds");
  bool all = true;
  while (all && p.read != written) {
    ringcall_captured c;
    if (written - p.read < sizeof c) bad("it ends inside a call");
    copy(p, p.read, reinterpret_cast<std::byte*>(&c), sizeof c);
    if (c.size != padded(sizeof c + std::uint64_t{c.request_size} + c.answer_size) || c.size > written - p.read || c.status > RINGCALL_BATCH_FAILED || c.answered < c.taken) {
      bad("a call in it contradicts itself");
    }
    call_.resize(c.size - sizeof c);
    copy(p, p.read + sizeof c, call_.data(), call_.size());
    const std::size_t used = std::size_t{c.request_size} + c.answer_size;
    std::fill(call_.begin() + static_cast<std::ptrdiff_t>(used), call_.end(), std::byte{0});
    all = to(c, call_);
    if (all) p.read += c.size;
  }
  // PAIR capture-read: with the writer's acquire; all below was copied out.
  std::atomic_ref(p.head->read).store(p.read, std::memory_order_release);
  return all;
}

void capture_reader::copy(const part& p, std::uint64_t position, std::byte* to, std::size_t size) const noexcept {
  const auto* ring = reinterpret_cast<const std::byte*>(p.head + 1);
  const std::uint64_t place = position & (p.bytes - 1);
  const std::size_t first = std::min<std::uint64_t>(size, p.bytes - place);
  if (size == 0) return;
  std::memcpy(to, ring + place, first);
  std::memcpy(to + first, ring, size - first);
}

std::uint64_t capture_reader::dropped() const noexcept {
  std::uint64_t sum = 0;
  for (const part& p : parts_) sum += std::atomic_ref(p.head->dropped).load(std::memory_order_relaxed);
  return sum;
}

}  // namespace ringcall::load
