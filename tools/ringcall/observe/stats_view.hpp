#pragma once
// A server's statistics file, mapped read-only and checked: whatever the server wrote there, nothing outside the file is read.

#include "ringcall/stats.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ringcall::observe {

struct method_info {
  std::uint16_t id;
  std::string name; // printable
  bool on_worker;
  bool takes_batches;
  std::uint32_t request_size; // bytes; 0: none, or any
  std::uint32_t answer_size;
  bool batches_only = false; // single calls are refused
};

// What the server keeps to; all but these words may change while it runs.
struct policy {
  std::uint64_t sample_every = 0; // in force; 0: no sampling
  std::uint64_t sample_base = 0;  // without observers
  std::uint64_t server_spin_ns = 0;
  std::uint64_t client_spin_us = RINGCALL_SPIN_OWN; // RINGCALL_SPIN_OWN: the clients' own
  std::uint64_t observers = 0;
  std::uint64_t refused = 0; // attaches so far
  bool draining = false;
};

// Movable; references that it hands out live as long as it. Thread-safe.
class stats_view {
 public:
  // Maps the file and copies and checks its geometry. Throws problem: broken, other_version.
  explicit stats_view(int descriptor);
  // The same of memory that the caller keeps, aligned to 8; for tests and for what was saved.
  explicit stats_view(std::span<const std::byte> memory);

  // Copied when the view was made; its policy words are of then.
  const ringcall_stats_header& header() const noexcept { return header_; }
  const std::string& name() const noexcept { return name_; }
  // The last is "unknown method".
  const std::vector<method_info>& methods() const noexcept { return methods_; }
  std::string interface_text() const; // as the generated code describes it; empty without

  policy current_policy() const noexcept;
  std::uint32_t loops() const noexcept { return header_.loop_count; }
  std::uint32_t channels() const noexcept { return header_.channel_count; }

  // Shared words, for load(). Indexes must be below the counts.
  const ringcall_loop_stats& loop(std::uint32_t loop) const noexcept;
  const ringcall_method_stats& method(std::uint32_t loop, std::uint32_t method) const noexcept;
  const ringcall_sample& sample(std::uint32_t loop, std::uint64_t index) const noexcept;
  const ringcall_channel_stats& channel(std::uint32_t channel) const noexcept;

 private:
  void check(std::size_t size);
  void check_methods();
  template <class T>
  const T& at(std::uint64_t offset, std::uint64_t index = 0) const noexcept {
    return reinterpret_cast<const T*>(base_ + offset)[index];
  }

  std::shared_ptr<const void> mapping_;
  const std::byte* base_ = nullptr;
  ringcall_stats_header header_{};
  std::vector<ringcall_loop_info> loops_;
  std::vector<method_info> methods_;
  std::string name_;
};

// Of bytes that another process wrote: what could steer a terminal becomes '?', and the text ends at a NUL or at the size.
std::string printable(const char* text, std::size_t size);

}  // namespace ringcall::observe
