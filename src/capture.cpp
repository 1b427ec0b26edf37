#include "capture.hpp"

#include "counter.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

namespace ringcall {
namespace {

constexpr std::uint64_t allocation_step = 2u << 20;

constexpr std::uint64_t pad_to(std::uint64_t size, std::uint64_t align) noexcept { return (size + align - 1) & ~(align - 1); }

std::byte* bytes_of(ringcall_capture* head) noexcept { return reinterpret_cast<std::byte*>(head + 1); }

// Of the machine, or as much of it as a container may have.
std::uint64_t memory_there_is() {
  const std::uint64_t machine = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t limit = 0;
  std::ifstream file("/sys/fs/cgroup/memory.max"); // says "max" where there is none
  return file >> limit ? std::min(machine, limit) : machine;
}

}  // namespace

bool capture_ring::has_room(std::uint64_t size) noexcept {
  if (size > bytes_) return false;
  if (written_ + size - read_ <= bytes_) return true;
  // PAIR capture-read: the reader has done with all below it.
  const std::uint64_t read = std::atomic_ref(head_->read).load(std::memory_order_acquire);
  if (read - read_ <= written_ - read_) read_ = read;
  return written_ + size - read_ <= bytes_;
}

void capture_ring::put(std::uint64_t at, const void* bytes, std::size_t size) noexcept {
  if (size == 0) return;
  const std::uint64_t place = at & (bytes_ - 1);
  const std::size_t first = std::min<std::uint64_t>(size, bytes_ - place);
  std::memcpy(bytes_of(head_) + place, bytes, first);
  std::memcpy(bytes_of(head_), static_cast<const std::byte*>(bytes) + first, size - first);
}

void capture_ring::write(const call& c, std::span<const std::byte> request, std::span<const std::byte> answer) noexcept {
  const std::uint64_t size = pad_to(sizeof(ringcall_captured) + request.size() + answer.size(), 8);
  if (!has_room(size)) {
    return set(head_->dropped, ++dropped_);
  }
  const ringcall_captured captured{static_cast<std::uint32_t>(size), c.method, c.status, c.detail, static_cast<std::uint32_t>(c.channel), c.taken, std::max(c.taken, c.answered),
                                   static_cast<std::uint32_t>(request.size()), static_cast<std::uint32_t>(answer.size())};
  put(written_, &captured, sizeof captured);
  put(written_ + sizeof captured, request.data(), request.size());
  put(written_ + sizeof captured + request.size(), answer.data(), answer.size());
  written_ += size;
  // PAIR capture-written: with the reader's acquire.
  std::atomic_ref(head_->written).store(written_, std::memory_order_release);
}

capture_file::capture_file(std::size_t loops, std::uint64_t bytes) : loops_(loops), bytes_(bytes), part_size_(pad_to(sizeof(ringcall_capture) + bytes, RINGCALL_PAGE_SIZE)) {
  if (part_size_ * loops_ > memory_there_is() / 4) {
    throw std::system_error(ENOMEM, std::generic_category(), std::to_string(part_size_ * loops_ >> 20) + " MiB is more than a quarter of memory");
  }
  fd_ = memory_file::create("ringcall-capture", 0, "a capture"); // prepare allocates it
}

bool capture_file::prepare() {
  const std::uint64_t size = part_size_ * loops_;
  if (allocated_ < size) {
    const std::uint64_t next = std::min(allocation_step, size - allocated_);
    const int e = posix_fallocate(fd_.get(), static_cast<off_t>(allocated_), static_cast<off_t>(next));
    if (e == EINTR) return false;
    if (e != 0) throw std::system_error(e, std::generic_category(), "allocating a capture");
    allocated_ += next;
  }
  if (allocated_ < size) return false;
  map();
  return true;
}

void capture_file::map() {
  memory_file::seal(fd_.get(), "a capture");
  region_ = memory_file::map(fd_.get(), allocated_, "a capture");
  rings_.reserve(loops_);
  for (std::size_t i = 0; i < loops_; ++i) {
    auto* head = reinterpret_cast<ringcall_capture*>(static_cast<std::byte*>(region_.get_address()) + i * part_size_);
    head->magic = RINGCALL_CAPTURE_MAGIC;
    head->bytes = bytes_;
    head->parts = static_cast<std::uint32_t>(loops_);
    head->part = static_cast<std::uint32_t>(i);
    rings_.emplace_back(head, bytes_);
  }
}

}  // namespace ringcall
