#include "segment.hpp"

#include "cpu.hpp"

#include "ringcall/error.hpp"

#include "system.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

using namespace ringcall;

namespace {

unique_fd duplicate(const segment& s) { return unique_fd(checked(fcntl(s.descriptor(), F_DUPFD_CLOEXEC, 3), "dup")); }

unique_fd test_file(std::uint64_t size, int seals) {
  unique_fd fd(checked(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
  checked(ftruncate(fd.get(), static_cast<off_t>(size)), "ftruncate");
  checked(fcntl(fd.get(), F_ADD_SEALS, seals), "seal");
  return fd;
}

std::string open_error(unique_fd fd, std::uint64_t size) {
  try {
    segment::open(std::move(fd), size);
  } catch (const std::system_error& e) {
    CHECK(e.code() == errc::invalid_segment);
    return e.what();
  }
  return "";
}

// What open says of a good segment after change was made to its header.
template <class F>
std::string changed_error(F change) {
  segment s = segment::create({}, 1);
  change(s.header());
  return open_error(duplicate(s), s.size());
}

constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

}  // namespace

TEST_CASE("both sides see the same layout") {
  options o;
  o.slots = 64;
  o.stride = 64;
  segment made = segment::create(o, 42);
  segment opened = segment::open(duplicate(made), made.size());
  CHECK(opened.epoch() == 42);
  CHECK(opened.ring().count() == 64);
  CHECK(opened.ring().record_size() == 48);
  CHECK(opened.request_arena().size == o.request_arena);
  made.base()[made.request_arena().offset] = std::byte{9};
  CHECK(opened.base()[opened.request_arena().offset] == std::byte{9});
}

TEST_CASE("a segment without times and black box is a segment, too") {
  segment s = segment::create({}, 1);
  s.header().rings[0].times_offset = 0;
  s.header().black_box_offset = 0;
  const segment opened = segment::open(duplicate(s), s.size());
  CHECK(opened.times() == nullptr);
  CHECK(opened.black_box() == nullptr);
}

TEST_CASE("times are told by the clock that the segment states") {
  const segment s = segment::create({}, 1);
  const ringcall_segment_header& h = s.header();
  CHECK(h.clock_kind == cpu::clock_kind());
  CHECK(s.control().client_spin == RINGCALL_SPIN_OWN);
  CHECK(s.control().sample_every == 0);
  const std::uint64_t before = monotonic_ns(), count = cpu::stamp(), after = monotonic_ns();
  REQUIRE(count >= h.clock_count);
  const auto told = h.clock_ns + static_cast<std::uint64_t>(static_cast<double>(count - h.clock_count) * static_cast<double>(h.clock_scale) / 4294967296.0);
  // As far as ABI.md allows: 2 us, and a thousandth of the time since.
  const std::uint64_t off = 2'000 + (after - h.clock_ns) / 1'000;
  CHECK(told + off >= before);
  CHECK(told <= after + off);
}

TEST_CASE("the segment cannot be resized or unsealed by its receiver") {
  segment s = segment::create({}, 1);
  CHECK(ftruncate(s.descriptor(), 4096) == -1);
  CHECK(errno == EPERM);
  CHECK(ftruncate(s.descriptor(), static_cast<off_t>(s.size()) * 2) == -1);
  CHECK(fcntl(s.descriptor(), F_ADD_SEALS, F_SEAL_WRITE) == -1);
}

TEST_CASE("256 default channels fit 64 MiB") { CHECK(segment::size_for(options{}) * 256 <= 64ull << 20); }

TEST_CASE("an unsealed memory file is refused") {
  CHECK(open_error(test_file(8192, F_SEAL_SHRINK), 8192).find("not sealed") != std::string::npos);
}

TEST_CASE("a descriptor that is no memory file is refused") {
  int fds[2];
  REQUIRE(pipe(fds) == 0);
  unique_fd other(fds[1]);
  CHECK(open_error(unique_fd(fds[0]), 8192).find("no sealable memory file") != std::string::npos);
}

TEST_CASE("a size other than announced is refused") {
  CHECK(open_error(test_file(8192, all_seals), 4096).find("8192") != std::string::npos);
}

TEST_CASE("foreign memory is refused") {
  CHECK(open_error(test_file(8192, all_seals), 8192).find("magic") != std::string::npos);
}

TEST_CASE("another version is refused with both named") {
  const std::string text = changed_error([](ringcall_segment_header& h) { h.abi_version = 99; });
  CHECK(text.find("99") != std::string::npos);
  CHECK(text.find(std::to_string(RINGCALL_ABI_VERSION)) != std::string::npos);
}

TEST_CASE("each inconsistent layout is refused") {
  CHECK(changed_error([](auto& h) { h.segment_size += 1; }) != "");
  CHECK(changed_error([](auto& h) { h.epoch = 0; }) != "");
  CHECK(changed_error([](auto& h) { h.header_size = 1; }) != "");
  CHECK(changed_error([](auto& h) { h.ring_count = 0; }) != "");
  CHECK(changed_error([](auto& h) { h.ring_count = 5; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].slot_count = 100; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].slot_count = 0x80000000u; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].slot_stride = 33; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].slots_offset = 0; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].slots_offset += 8; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].request_arena_offset = h.rings[0].slots_offset; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].answer_arena_size = 0xffffffffu; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].control_offset = 0xffffff80u; }) != "");
  CHECK(changed_error([](auto& h) { h.client_counters_offset = h.server_counters_offset; }) != "");
  CHECK(changed_error([](auto& h) { h.client_counters_size = 8; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].times_stride = 16; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].times_offset += 8; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].times_offset = h.rings[0].answer_arena_offset; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].times_offset = h.black_box_offset; }) != "");
  CHECK(changed_error([](auto& h) { h.rings[0].times_offset = 0xffffffc0u; }) != "");
  CHECK(changed_error([](auto& h) { h.black_box_size = 64; }) != "");
  CHECK(changed_error([](auto& h) { h.black_box_offset = h.rings[0].slots_offset; }) != "");
  CHECK(changed_error([](auto& h) { h.black_box_offset += 64; }) != "");
  CHECK(changed_error([](auto& h) { h.clock_kind = 3; }) != "");
  CHECK(changed_error([](auto& h) { h.clock_scale = 0; }) != "");
}

TEST_CASE("a child of fork does not have the segment") {
  segment s = segment::create({}, 1);
  const pid_t child = fork();
  if (child == 0) {
    unsigned char resident;
    _exit(mincore(s.base(), 4096, &resident) == -1 && errno == ENOMEM ? 0 : 1);
  }
  int status;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a file-size limit is an error and no signal") {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{65536, 65536};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
    try {
      segment::create({}, 1);
    } catch (const std::system_error& e) {
      _exit(e.code().value() == EFBIG ? 0 : 2);
    }
    _exit(1);
  }
  int status;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
