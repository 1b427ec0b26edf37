#pragma once
// The file of a recording: what it holds, written and read. README.md has the format.

#include "ringcall/stats.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ringcall::load {

inline constexpr char recording_magic[8] = {'R', 'C', 'R', 'E', 'C', 'O', 'R', 'D'};
inline constexpr std::uint32_t recording_version = 1;

// The file's first bytes; then the description, padded to 8.
struct recording_header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t header_size;
  std::uint64_t fingerprint; // FNV-1a 64 of the description; 0: none
  std::uint64_t began;       // CLOCK_MONOTONIC, as the calls' times are
  std::uint64_t began_realtime; // nanoseconds since 1970
  std::uint64_t epoch;          // the server's
  std::uint32_t description_size;
  std::uint32_t reserved;
  char name[128]; // the server's, NUL-padded
};
static_assert(sizeof(recording_header) == 184);

// Behind the last call: size is 0, which no call's is. The file ends with it.
struct recording_end {
  std::uint32_t size;
  std::uint32_t reserved;
  std::uint64_t calls;
  std::uint64_t dropped; // calls that the server had no room to tell of
  std::uint64_t ended;   // CLOCK_MONOTONIC
  std::uint64_t check;   // of all that is before it, by fold
};
static_assert(sizeof(recording_end) == 40);

std::uint64_t fingerprint_of(std::string_view description) noexcept;

// Takes size bytes, a multiple of 8, into the check.
std::uint64_t fold(std::uint64_t check, const void* bytes, std::size_t size) noexcept;
inline constexpr std::uint64_t fold_start = 0xcbf29ce484222325;

class recording_writer {
 public:
  // Makes the file anew. Throws std::system_error, as the others do.
  recording_writer(const std::string& path, const std::string& name, std::uint64_t epoch, std::string_view description, std::uint64_t began_ns);

  void add(const ringcall_captured& call, std::span<const std::byte> body); // body: request, answer, padding
  // Completes the file.
  void end(std::uint64_t dropped, std::uint64_t ended_ns);

  std::uint64_t size() const noexcept { return size_; } // of what was written
  std::uint64_t calls() const noexcept { return calls_; }

 private:
  void write(const void* bytes, std::size_t size);

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::uint64_t size_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t check_ = fold_start;
};

// Not a recording, one of another version, one that was cut off or changed. Says which, and where.
struct bad_recording : std::runtime_error {
  using runtime_error::runtime_error;
};

struct recorded_call {
  std::uint16_t method;
  std::uint16_t status;
  std::uint32_t code;
  std::uint32_t channel;
  std::uint64_t taken;
  std::uint64_t answered;
  std::span<const std::byte> request;
  std::span<const std::byte> answer;
};

struct recording {
  std::vector<std::byte> bytes; // of the whole file: the calls point into it
  std::string name;
  std::string description;
  std::uint64_t began_realtime = 0;
  std::uint64_t dropped = 0;
  std::vector<recorded_call> calls; // in the order in which they were taken

  // Checks everything. Throws bad_recording.
  static recording parse(std::vector<std::byte> bytes);
  // The same, of a file. Throws std::system_error, too.
  static recording load(const std::string& path);
};

}  // namespace ringcall::load
