#include "request_log.hpp"

#include "invoke.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace ringcall {
namespace {

struct recorded_method {
  request_log* log;
  std::uint16_t id;
  method inner;
};

bool recorded_call(void* p, std::span<const std::byte> request, answer& out) {
  auto& r = *static_cast<recorded_method*>(p);
  if (!r.inner.call(r.inner.handler.get(), request, out)) return false;
  const auto& made = static_cast<sendable_answer&>(out);
  r.log->write(r.id, request, {made.bytes(), made.size()});
  return true;
}

void recorded_batch(void* p, const std::byte* requests, std::byte* answers, std::uint32_t count, std::uint32_t& done) {
  auto& r = *static_cast<recorded_method*>(p);
  r.inner.batch(r.inner.handler.get(), requests, answers, count, done);
  const std::size_t in = r.inner.request_size, out = r.inner.answer_size;
  for (std::size_t i = 0; i < count; ++i) r.log->write(r.id, {requests + i * in, in}, {answers + i * out, out});
}

void append(std::string& line, std::span<const std::byte> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  line += ' ';
  if (bytes.empty()) line += '-';
  for (const std::byte b : bytes) {
    line += digits[static_cast<unsigned>(b) >> 4];
    line += digits[static_cast<unsigned>(b) & 15];
  }
}

}  // namespace

std::unique_ptr<request_log> request_log::from_environment() {
  const char* path = std::getenv("RINGCALL_REQUESTS");
  return path == nullptr || *path == '\0' ? nullptr : std::make_unique<request_log>(path);
}

request_log::request_log(const char* path)
    : file_(checked(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), (std::string("RINGCALL_REQUESTS: opening ") + path).c_str())) {}

void request_log::write(std::uint16_t method, std::span<const std::byte> request, std::span<const std::byte> answer) {
  std::string line = std::to_string(method);
  append(line, request);
  append(line, answer);
  line += '\n';
  [[maybe_unused]] const ssize_t written = ::write(file_.get(), line.data(), line.size()); // one write, so that lines of other threads do not cut it
}

method request_log::recorded(std::uint16_t id, method m) {
  method outer = m;
  outer.handler = std::make_shared<recorded_method>(recorded_method{this, id, std::move(m)});
  if (outer.call != nullptr) outer.call = recorded_call;
  outer.run = nullptr;
  if (outer.batch != nullptr) outer.batch = recorded_batch;
  return outer;
}

}  // namespace ringcall
