#include "recording.hpp"

#include "ringcall/abi.h"
#include "system.hpp"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringcall::load {
namespace {

constexpr std::uint64_t prime = 0x100000001b3;

constexpr std::uint64_t padded(std::uint64_t size) noexcept { return (size + 7) / 8 * 8; }

std::uint64_t realtime_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

[[noreturn]] void bad(const std::string& what) { throw bad_recording(what); }

// Walks over the file's bytes.
class reader {
 public:
  explicit reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t at() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }

  std::span<const std::byte> take(std::uint64_t size, std::size_t calls) {
    if (size > left()) {
      bad("the recording is cut off: it ends after " + std::to_string(bytes_.size()) + " bytes, in the middle; " + std::to_string(calls) + " calls are whole. It was not ended by 'ringcall record', or not copied as a whole");
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }

  template <class T>
  T take_struct(std::size_t calls) {
    T value;
    std::memcpy(&value, take(sizeof value, calls).data(), sizeof value);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

recording_header read_header(reader& in) {
  if (in.left() < sizeof recording_magic) bad("this is no recording of ringcall: it has " + std::to_string(in.left()) + " bytes");
  reader look = in;
  if (std::memcmp(look.take(sizeof recording_magic, 0).data(), recording_magic, sizeof recording_magic) != 0) bad("this is no recording of ringcall: it does not begin with RCRECORD");
  const auto h = in.take_struct<recording_header>(0);
  if (h.version != recording_version) {
    bad("the recording has format version " + std::to_string(h.version) + ", this tool reads version " + std::to_string(recording_version) + "; use the tool that made it");
  }
  if (h.header_size != sizeof h || h.description_size > RINGCALL_INTERFACE_SIZE_MAX) bad("the recording's header contradicts itself: the file is damaged");
  return h;
}

recorded_call read_call(reader& in, std::size_t calls) {
  const std::size_t at = in.at();
  const auto c = in.take_struct<ringcall_captured>(calls);
  const std::uint64_t parts = sizeof c + std::uint64_t{c.request_size} + c.answer_size;
  if (c.size != padded(parts) || c.status > RINGCALL_BATCH_FAILED || c.answered < c.taken) bad("the call at byte " + std::to_string(at) + " of the recording contradicts itself: the file is damaged");
  const auto body = in.take(c.size - sizeof c, calls);
  return {c.method, c.status, c.detail, c.channel, c.taken, c.answered, body.first(c.request_size), body.subspan(c.request_size, c.answer_size)};
}

}  // namespace

std::uint64_t fingerprint_of(std::string_view description) noexcept {
  std::uint64_t hash = fold_start;
  for (const char c : description) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  return description.empty() ? 0 : hash;
}

std::uint64_t fold(std::uint64_t check, const void* bytes, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, static_cast<const char*>(bytes) + i, 8);
    check = (check ^ word) * prime;
    check ^= check >> 32; // a product alone never carries high bits down
  }
  return check;
}

recording_writer::recording_writer(const std::string& path, const std::string& name, std::uint64_t epoch, std::string_view description, std::uint64_t began_ns)
    : path_(path), file_(std::fopen(path.c_str(), "wbe"), std::fclose) {
  if (!file_) throw_errno("making " + path);
  recording_header h{};
  std::memcpy(h.magic, recording_magic, sizeof h.magic);
  h.version = recording_version;
  h.header_size = sizeof h;
  h.fingerprint = fingerprint_of(description);
  h.began = began_ns;
  h.began_realtime = realtime_ns();
  h.epoch = epoch;
  h.description_size = static_cast<std::uint32_t>(description.size());
  name.copy(h.name, sizeof h.name - 1);
  write(&h, sizeof h);
  std::string text(description);
  text.resize(padded(text.size()));
  write(text.data(), text.size());
}

void recording_writer::add(const ringcall_captured& call, std::span<const std::byte> body) {
  write(&call, sizeof call);
  write(body.data(), body.size());
  ++calls_;
}

void recording_writer::end(std::uint64_t dropped, std::uint64_t ended_ns) {
  recording_end e{0, 0, calls_, dropped, ended_ns, 0};
  e.check = fold(check_, &e, offsetof(recording_end, check));
  write(&e, sizeof e);
  if (std::fclose(file_.release()) != 0) throw_errno("writing " + path_);
}

void recording_writer::write(const void* bytes, std::size_t size) {
  if (size == 0) return;
  if (std::fwrite(bytes, 1, size, file_.get()) != size) throw_errno("writing " + path_);
  check_ = fold(check_, bytes, size);
  size_ += size;
}

recording recording::parse(std::vector<std::byte> bytes) {
  recording r;
  r.bytes = std::move(bytes);
  reader in(r.bytes);
  const recording_header h = read_header(in);
  r.name.assign(h.name, strnlen(h.name, sizeof h.name));
  r.began_realtime = h.began_realtime;
  const auto text = in.take(padded(h.description_size), 0);
  r.description.assign(reinterpret_cast<const char*>(text.data()), h.description_size);
  for (;;) {
    std::uint32_t size;
    reader look = in;
    std::memcpy(&size, look.take(sizeof size, r.calls.size()).data(), sizeof size);
    if (size == 0) break;
    r.calls.push_back(read_call(in, r.calls.size()));
  }
  const std::size_t end_at = in.at();
  const auto e = in.take_struct<recording_end>(r.calls.size());
  if (in.left() != 0) bad("behind the recording's end there are " + std::to_string(in.left()) + " bytes more: the file is damaged");
  if (e.calls != r.calls.size() || e.check != fold(fold_start, r.bytes.data(), end_at + offsetof(recording_end, check)) || h.fingerprint != fingerprint_of(r.description)) {
    bad("the recording's check does not agree with what it holds: the file is damaged");
  }
  r.dropped = e.dropped;
  std::ranges::stable_sort(r.calls, {}, &recorded_call::taken);
  return r;
}

recording recording::load(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) throw_errno("opening " + path);
  struct stat st {};
  if (fstat(fileno(file.get()), &st) == -1) throw_errno("looking at " + path);
  if (!S_ISREG(st.st_mode)) bad(path + " is no file");
  std::vector<std::byte> bytes(static_cast<std::size_t>(st.st_size));
  if (!bytes.empty() && std::fread(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) throw_errno("reading " + path);
  try {
    return parse(std::move(bytes));
  } catch (const bad_recording& e) {
    throw bad_recording(path + ": " + e.what());
  }
}

}  // namespace ringcall::load
