#include "history.hpp"

#include "ringcall/caller.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

namespace ringcall {
namespace {

// The file is sparse: what is not written takes no room. It holds 16 million records; one that does not fit ends the process, since a history with a
// gap accuses the innocent.
constexpr std::uint64_t records_most = 16u << 20;

std::uint64_t now_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

struct recorded_method {
  history* log;
  std::uint16_t id;
  method inner;
};

// Notes one execution, whichever way it ends.
class execution {
 public:
  execution(recorded_method& r, std::span<const std::byte> request) noexcept : log_(*r.log), number_(log_.begin(r.id, request)) {}
  ~execution() { log_.end(number_, std::uncaught_exceptions() > exceptions_ ? history_failed : ran ? history_end : history_untouched); }
  execution(const execution&) = delete;
  execution& operator=(const execution&) = delete;

  bool ran = true;

 private:
  history& log_;
  std::uint64_t number_;
  int exceptions_ = std::uncaught_exceptions();
};

bool recorded_call(void* p, std::span<const std::byte> request, answer& out) {
  auto& r = *static_cast<recorded_method*>(p);
  execution e(r, request);
  return e.ran = r.inner.call(r.inner.handler.get(), request, out);
}

// Whether the cursor's next record is one that inner.run will run.
bool is_ours(const run_cursor& c, const method& inner, record& r) {
  if (c.ring.taken.copy_head(c.next, r) != RINGCALL_VIOLATION_NONE || r.code != c.code || r.shape != inner.request_size) return false;
  if (r.detail != 0 && (c.now == 0 || expired(r.detail, c.now))) return false;
  c.ring.taken.copy_bytes(c.next, r, r.shape);
  return true;
}

void recorded_run(void* p, run_cursor& c) {
  auto& r = *static_cast<recorded_method*>(p);
  while (c.next != c.end) {
    run_cursor one{c.ring, c.next, c.next + 1, c.code, c.now};
    struct write_back {
      run_cursor &one, &all;
      ~write_back() {
        all.next = one.next;
        all.id = one.id;
        all.violation = one.violation;
      }
    } const keep{one, c};
    record request;
    if (!is_ours(c, r.inner, request)) return r.inner.run(r.inner.handler.get(), one);
    execution e(r, {request.bytes, request.shape});
    r.inner.run(r.inner.handler.get(), one);
    e.ran = one.next != c.next;
    if (!e.ran) return;
  }
}

void recorded_batch(void* p, const std::byte* requests, std::byte* answers, std::uint32_t count, std::uint32_t& done) {
  auto& r = *static_cast<recorded_method*>(p);
  const std::uint32_t untold = done;
  std::vector<std::uint64_t> numbers;
  for (std::uint32_t i = 0; i < count; ++i) numbers.push_back(r.log->begin(r.id, {requests + std::size_t{i} * r.inner.request_size, r.inner.request_size}));
  try {
    r.inner.batch(r.inner.handler.get(), requests, answers, count, done);
  } catch (...) {
    for (std::uint32_t i = 0; i < count; ++i) r.log->end(numbers[i], done == untold || i == done ? history_failed : i < done ? history_end : history_untouched);
    throw;
  }
  for (const std::uint64_t number : numbers) r.log->end(number, history_end);
}

}  // namespace

std::uint64_t history_key(std::uint16_t method, std::span<const std::byte> request) noexcept {
  constexpr std::uint64_t prime = 0x9e3779b97f4a7c15;
  std::uint64_t key = (request.size() << 16 | method) * prime;
  for (std::size_t at = 0; at < request.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, request.data() + at, std::min<std::size_t>(8, request.size() - at));
    key = (key ^ word) * prime;
    key ^= key >> 29;
  }
  return key;
}

std::unique_ptr<history> history::from_environment() {
  const char* directory = std::getenv("RINGCALL_HISTORY");
  return directory == nullptr || *directory == '\0' ? nullptr : std::make_unique<history>(directory);
}

history::history(const char* directory) {
  static std::atomic<int> count{0};
  const std::string path = std::string(directory) + "/server-" + std::to_string(getpid()) + "-" + std::to_string(count++) + ".history";
  const unique_fd fd(checked(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), ("RINGCALL_HISTORY: making " + path).c_str()));
  checked(ftruncate(fd.get(), records_most * sizeof(history_record)), "RINGCALL_HISTORY: sizing the file");
  void* at = mmap(nullptr, records_most * sizeof(history_record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd.get(), 0);
  if (at == MAP_FAILED) checked(-1, "RINGCALL_HISTORY: mapping the file");
  records_ = static_cast<history_record*>(at);
  std::uint64_t number;
  history_record* header = take(number);
  header->pid = getpid();
  std::atomic_ref(header->kind).store(history_server, std::memory_order_release);
}

history::~history() { munmap(records_, records_most * sizeof(history_record)); }

history_record* history::take(std::uint64_t& number) noexcept {
  number = next_.fetch_add(1, std::memory_order_relaxed); // relaxed: only to tell records apart
  if (number >= records_most) {
    std::fputs("ringcall: the file in RINGCALL_HISTORY is full; end the server sooner\n", stderr);
    std::_Exit(1);
  }
  history_record* r = records_ + number;
  r->time_ns = now_ns();
  r->number = number;
  return r;
}

std::uint64_t history::begin(std::uint16_t method, std::span<const std::byte> request) noexcept {
  std::uint64_t number;
  history_record* r = take(number);
  r->key = history_key(method, request);
  if (const client_info* client = detail::current_caller; client != nullptr) {
    r->client = client->id;
    r->pid = client->pid;
  }
  r->size = static_cast<std::uint32_t>(request.size());
  r->method = method;
  std::atomic_ref(r->kind).store(history_begin, std::memory_order_release);
  return number;
}

void history::end(std::uint64_t begun, history_kind kind) noexcept {
  std::uint64_t number;
  history_record* r = take(number);
  r->number = begun;
  r->key = records_[begun].key;
  r->method = records_[begun].method;
  std::atomic_ref(r->kind).store(std::uint64_t{kind}, std::memory_order_release);
}

method history::recorded(std::uint16_t id, method m) {
  method outer = m;
  auto r = std::make_shared<recorded_method>(recorded_method{this, id, std::move(m)});
  outer.handler = r;
  if (outer.call != nullptr) outer.call = recorded_call;
  if (outer.run != nullptr) outer.run = recorded_run;
  if (outer.batch != nullptr) outer.batch = recorded_batch;
  return outer;
}

}  // namespace ringcall
