#include "observe/stats_view.hpp"

#include "observe/shared.hpp"
#include "observe/trouble.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringcall::observe {
namespace {

constexpr std::uint32_t methods_max = 65'537;
constexpr std::uint32_t loops_max = 4096;
constexpr std::uint32_t channels_max = 1u << 24;

[[noreturn]] void broken(const std::string& what) {
  throw problem(trouble::broken, "the server's statistics cannot be: " + what + "; it is no ringcall server, or a defective one");
}

void check_area(const char* what, std::uint64_t offset, std::uint64_t count, std::uint64_t each, std::uint64_t size, std::uint64_t align = 8) {
  if (offset % align == 0 && offset >= sizeof(ringcall_stats_header) && offset <= size && count <= (size - offset) / each) return;
  broken(std::string(what) + " (" + std::to_string(count) + " of " + std::to_string(each) + " bytes at " + std::to_string(offset) + ") leave the file of " +
         std::to_string(size) + " bytes");
}

std::size_t sealed_size(int descriptor) {
  struct stat st;
  if (fstat(descriptor, &st) == -1) broken(std::string("fstat: ") + std::strerror(errno));
  // Without the seal the server could make the file shorter under the reader's feet.
  const int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals == -1 || (seals & F_SEAL_SHRINK) == 0) broken("the file is not sealed against shrinking");
  return static_cast<std::size_t>(st.st_size);
}

}  // namespace

std::string printable(const char* text, std::size_t size) {
  std::string clean(text, strnlen(text, size));
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  // C1 controls, which some terminals obey, are C2 80 to C2 9F in UTF-8.
  for (std::size_t i = 0; i + 1 < clean.size(); ++i) {
    if (static_cast<unsigned char>(clean[i]) == 0xc2 && static_cast<unsigned char>(clean[i + 1]) < 0xa0) clean.replace(i, 2, "?");
  }
  return clean;
}

stats_view::stats_view(int descriptor) {
  const std::size_t size = sealed_size(descriptor);
  if (size < sizeof(ringcall_stats_header)) broken("a file of " + std::to_string(size) + " bytes");
  void* base = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (base == MAP_FAILED) throw problem(trouble::broken, "mapping the server's statistics, " + std::to_string(size) + " bytes: " + std::strerror(errno));
  mapping_ = std::shared_ptr<const void>(base, [size](const void* p) { munmap(const_cast<void*>(p), size); });
  base_ = static_cast<const std::byte*>(base);
  check(size);
}

stats_view::stats_view(std::span<const std::byte> memory) : base_(memory.data()) {
  if (memory.size() < sizeof(ringcall_stats_header)) broken("a file of " + std::to_string(memory.size()) + " bytes");
  check(memory.size());
}

void stats_view::check(std::size_t size) {
  header_ = load_struct(at<ringcall_stats_header>(0));
  if (header_.magic != RINGCALL_STATS_MAGIC) broken("they do not begin as such");
  if (header_.version != RINGCALL_STATS_VERSION || header_.abi_version != RINGCALL_ABI_VERSION) {
    throw problem(trouble::other_version, "the server has version " + std::to_string(header_.version) + " of the statistics and version " + std::to_string(header_.abi_version) +
                                              " of the ABI, this tool " + std::to_string(RINGCALL_STATS_VERSION) + " and " + std::to_string(RINGCALL_ABI_VERSION) +
                                              "; use the ringcall that the server was built with");
  }
  if (header_.size != size) broken("they say " + std::to_string(header_.size) + " bytes, the file has " + std::to_string(size));
  if (header_.method_count == 0 || header_.method_count > methods_max) broken(std::to_string(header_.method_count) + " methods");
  if (header_.loop_count == 0 || header_.loop_count > loops_max) broken(std::to_string(header_.loop_count) + " loops");
  if (header_.channel_count > channels_max) broken(std::to_string(header_.channel_count) + " channels");
  if (header_.interface_size > RINGCALL_INTERFACE_SIZE_MAX) broken("a description of " + std::to_string(header_.interface_size) + " bytes");
  check_area("the methods' names", header_.methods_offset, header_.method_count, sizeof(ringcall_method_info), size);
  check_area("the loops", header_.loops_offset, header_.loop_count, sizeof(ringcall_loop_info), size);
  check_area("the channels", header_.channels_offset, header_.channel_count, sizeof(ringcall_channel_stats), size);
  if (header_.interface_size != 0) check_area("the description", header_.interface_offset, header_.interface_size, 1, size, 1);
  for (std::uint32_t i = 0; i < header_.loop_count; ++i) {
    const auto info = load_struct(at<ringcall_loop_info>(header_.loops_offset, i));
    check_area("a loop's counters", info.stats_offset, 1, sizeof(ringcall_loop_stats), size);
    check_area("a loop's samples", info.samples_offset, RINGCALL_SAMPLES, sizeof(ringcall_sample), size);
    check_area("a loop's methods", info.methods_offset, header_.method_count, sizeof(ringcall_method_stats), size);
    loops_.push_back(info);
  }
  check_methods();
  name_ = printable(header_.name, sizeof header_.name);
}

void stats_view::check_methods() {
  methods_.reserve(header_.method_count);
  for (std::uint32_t i = 0; i < header_.method_count; ++i) {
    const auto m = load_struct(at<ringcall_method_info>(header_.methods_offset, i));
    std::string name = printable(m.name, sizeof m.name);
    if (name.empty()) name = "method " + std::to_string(m.id);
    methods_.push_back({m.id, std::move(name), m.on_worker != 0, m.takes_batches != 0, m.request_size, m.answer_size, m.takes_batches == 2});
  }
}

std::string stats_view::interface_text() const {
  if (header_.interface_size == 0) return {};
  std::string text(reinterpret_cast<const char*>(base_ + header_.interface_offset), header_.interface_size);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = '?';
  }
  return text;
}

policy stats_view::current_policy() const noexcept {
  const auto& h = at<ringcall_stats_header>(0);
  return {load(h.sample_every), load(h.sample_base), load(h.server_spin), load(h.client_spin), load(h.observers), load(h.refused), load(h.draining) != 0};
}

const ringcall_loop_stats& stats_view::loop(std::uint32_t loop) const noexcept { return at<ringcall_loop_stats>(loops_[loop].stats_offset); }

const ringcall_method_stats& stats_view::method(std::uint32_t loop, std::uint32_t method) const noexcept {
  return at<ringcall_method_stats>(loops_[loop].methods_offset, method);
}

const ringcall_sample& stats_view::sample(std::uint32_t loop, std::uint64_t index) const noexcept {
  return at<ringcall_sample>(loops_[loop].samples_offset, index % RINGCALL_SAMPLES);
}

const ringcall_channel_stats& stats_view::channel(std::uint32_t channel) const noexcept {
  return at<ringcall_channel_stats>(header_.channels_offset, channel);
}

}  // namespace ringcall::observe
