#pragma once
// A record of every execution of a handler, for tools/campaign: when RINGCALL_HISTORY names a directory, each server makes a file there and notes each
// request before its handler runs and after. The file is shared memory of the kernel's, so that what was noted outlives a kill -9.

#include "ringcall/method.hpp"
#include "unique_fd.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace ringcall {

// The file is an array of these, in the order in which room was taken; the first is the header. tools/campaigns/history.go is its reader.
struct history_record {
  std::uint64_t kind;    // written last; 0: not complete
  std::uint64_t time_ns; // CLOCK_MONOTONIC
  std::uint64_t key;     // history_key of the request
  std::uint64_t number;  // of the record of this execution's begin
  std::uint64_t client;  // client_info::id; in the header: 0
  std::int32_t pid;      // the client's; in the header: the server's
  std::uint32_t size;    // of the request in bytes
  std::uint32_t method;
  std::uint32_t reserved[3];
};
static_assert(sizeof(history_record) == 64);

enum history_kind : std::uint64_t {
  history_begin = 1,     // the handler is about to run
  history_end = 2,       // it has returned
  history_failed = 3,    // it has thrown
  history_untouched = 4, // it was not run after all: a record of the batch before this one failed
  history_server = 0x3130595253494852, // the header
};

// The same for the same method and bytes.
std::uint64_t history_key(std::uint16_t method, std::span<const std::byte> request) noexcept;

// Safe for any number of threads. It is to outlive the methods that it records.
class history {
 public:
  // In the directory that RINGCALL_HISTORY names; null if there is no such variable. Both throw std::system_error when the file cannot be made.
  static std::unique_ptr<history> from_environment();

  explicit history(const char* directory);
  ~history();
  history(const history&) = delete;
  history& operator=(const history&) = delete;

  // m with every execution noted. Records of a run still go through m.run, but one by one.
  method recorded(std::uint16_t id, method m);

  // Notes a begin and returns its number.
  std::uint64_t begin(std::uint16_t method, std::span<const std::byte> request) noexcept;
  void end(std::uint64_t number, history_kind kind) noexcept;

 private:
  history_record* take(std::uint64_t& number) noexcept;

  history_record* records_ = nullptr;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace ringcall
