// ringcall bench: load against a running server.

#include "bench_client.hpp"
#include "bench_report.hpp"
#include "commands.hpp"
#include "cpu_time.hpp"
#include "interrupt.hpp"
#include "open_client.hpp"

#include "print/output.hpp"
#include "print/units.hpp"

#include "system.hpp"

#include <unistd.h>

#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

namespace ringcall::tool {
namespace {

using namespace load;

constexpr double rate_max = 1e7;
constexpr std::uint64_t start_ns = 5'000'000; // the clients' common begin lies so long ahead
constexpr std::uint64_t for_max_ns = 30ull * 24 * 3600 * 1'000'000'000;

void check(bench_options& o) {
  if (o.methods.empty()) throw misuse("name a method to call; 'ringcall inspect " + o.name + "' lists them");
  if (o.run == 0 || o.run > RINGCALL_RUN_MAX) throw misuse("--run takes 1 to " + std::to_string(RINGCALL_RUN_MAX) + " records");
  if (o.clients == 0 || o.clients > 256) throw misuse("--clients takes 1 to 256");
  if (o.rate < 0 || o.rate > rate_max) throw misuse("--rate takes up to " + short_count_text(rate_max) + " calls a second");
  if (o.rate != 0 && o.inflight != 0) throw misuse("--rate is an open loop, which has as many calls in flight as it takes; give --rate or --inflight");
  if (o.inflight == 0) o.inflight = o.run;
  if (o.inflight < o.run) throw misuse("--inflight " + std::to_string(o.inflight) + " is less than a run of " + std::to_string(o.run));
  if (o.for_ns == 0 || o.for_ns > for_max_ns) throw misuse("--for takes a duration of up to 30 days");
  if (o.request_hex && o.request_size) throw misuse("give --request-hex or --request-size");
  if (o.batch != 0 && (o.request_hex || o.request_size)) throw misuse("--batch makes its records up; --request-hex and --request-size are for single calls");
}

class progress_line {
 public:
  explicit progress_line(const bench_options& o) : for_ns_(o.for_ns), shown_(isatty(STDERR_FILENO) == 1) {}
  ~progress_line() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }

  void update(std::uint64_t elapsed_ns, const bench_progress& p) {
    if (!shown_ || elapsed_ns - at_ns_ < 200'000'000) return;
    const std::uint64_t calls = p.calls.load(std::memory_order_relaxed);
    const double rate = static_cast<double>(calls - calls_) * 1e9 / static_cast<double>(elapsed_ns - at_ns_);
    const std::uint64_t failed = p.failed.load(std::memory_order_relaxed);
    std::fprintf(stderr, "\r%s of %s  %s%s\x1b[K", elapsed_text(elapsed_ns).c_str(), elapsed_text(for_ns_).c_str(), rate_text(rate).c_str(),
                 failed == 0 ? "" : ("  " + count_text(failed) + " failed").c_str());
    std::fflush(stderr);
    at_ns_ = elapsed_ns;
    calls_ = calls;
  }

 private:
  std::uint64_t for_ns_;
  bool shown_;
  std::uint64_t at_ns_ = 0;
  std::uint64_t calls_ = 0;
};

struct crew {
  std::vector<std::unique_ptr<client>> clients;
  std::vector<std::unique_ptr<bench_client>> loops;
  std::vector<std::thread> threads;
  std::atomic<bool> stop{false};
  std::atomic<std::uint32_t> ended{0};
  std::mutex mutex;
  std::string error; // the first
  bench_progress progress;

  void run(bench_client& loop) {
    try {
      loop.run(stop);
    } catch (const std::exception& e) {
      const std::lock_guard lock(mutex);
      if (error.empty()) error = e.what();
      stop = true;
    }
    ++ended;
  }
};

void measure(crew& all, const std::vector<target>& targets, bench_report& report) {
  const bench_options& o = report.asked;
  const std::uint64_t begin = monotonic_ns() + start_ns;
  const double interval = o.rate == 0 ? 0 : 1e9 * o.clients / o.rate;
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    const bench_plan plan{begin, begin + o.for_ns, interval, interval * i / o.clients, o.inflight, o.run, o.deadline_ns};
    all.loops.push_back(std::make_unique<bench_client>(*all.clients[i], targets, plan, o.seed + i, all.progress));
  }
  const auto server_cpu = cpu_ns_of(all.clients[0]->server_pid());
  const std::uint64_t own_cpu = own_cpu_ns();
  while (monotonic_ns() < begin) std::this_thread::sleep_for(std::chrono::microseconds(200));
  for (auto& loop : all.loops) all.threads.push_back(start_thread("a client", [&all, &loop] { all.run(*loop); }));
  {
    progress_line line(o);
    while (all.ended < o.clients) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      line.update(monotonic_ns() - begin, all.progress);
    }
  }
  for (std::thread& t : all.threads) t.join();
  report.client_cpu_ns = own_cpu_ns() - own_cpu;
  if (const auto now = cpu_ns_of(all.clients[0]->server_pid()); now && server_cpu) report.server_cpu_ns = *now - *server_cpu;
  std::uint64_t ended = 0;
  for (const auto& loop : all.loops) ended = std::max(ended, loop->ended_ns());
  if (ended <= begin) ended = monotonic_ns(); // all of them threw
  report.elapsed_ns = ended - begin;
}

void collect(const crew& all, const std::vector<target>& targets, bench_report& report) {
  for (const target& t : targets) report.names.push_back(t.what.name);
  report.results.resize(targets.size());
  for (const auto& loop : all.loops) {
    for (std::size_t i = 0; i < targets.size(); ++i) report.results[i].add(loop->results()[i]);
  }
  report.error = all.error;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("writing " + path + " failed");
}

}  // namespace

int run_bench(const bench_options& asked) {
  bench_report report{.asked = asked, .names = {}, .results = {}, .server_cpu_ns = {}, .error = {}};
  check(report.asked);
  crew all;
  all.clients.push_back(open_client(asked.name));
  std::vector<target> targets;
  try {
    targets = make_targets(description::parse(all.clients[0]->description()), report.asked);
  } catch (const std::invalid_argument& e) {
    throw misuse(e.what());
  }
  while (all.clients.size() < asked.clients) all.clients.push_back(open_client(asked.name));
  catch_interrupts();
  measure(all, targets, report);
  collect(all, targets, report);
  if (!report.error.empty() && report.total().latency.count == 0) throw std::runtime_error(report.error);
  if (!asked.hgrm.empty()) write_file(asked.hgrm, hgrm_of(report.total().latency));
  asked.json ? put_json(json_of(report)) : put(text_of(report));
  if (!report.error.empty()) throw std::runtime_error(report.error);
  return report.is_good() ? 0 : 1;
}

}  // namespace ringcall::tool
