#include "ringcall/server.hpp"

#include "acceptor.hpp"
#include "address.hpp"
#include "counter.hpp"
#include "history.hpp"
#include "metrics_server.hpp"
#include "observer_address.hpp"
#include "request_log.hpp"
#include "stats_file.hpp"
#include "stats_reader.hpp"
#include "system.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <bit>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

namespace ringcall {
namespace {

constexpr std::chrono::seconds orphan_grace{5}; // for handlers to end once the parent has gone

std::atomic<int> signal_fd{-1}; // the eventfd of the server whose signals are handled

void on_signal(int number) {
  const int fd = signal_fd.exchange(-1);
  if (fd == -1) _exit(128 + number); // the second signal does not wait for the drain
  const int saved = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(fd, &one, sizeof one);
  errno = saved;
}

// SIGTERM and SIGINT write to the stop descriptor. SIGPIPE and SIGXFSZ become error returns in any case.
class signal_scope {
 public:
  signal_scope(bool handle, int fd) {
    set(SIGPIPE, SIG_IGN);
    set(SIGXFSZ, SIG_IGN);
    if (!handle) return;
    signal_fd = fd_ = fd;
    set(SIGTERM, on_signal);
    set(SIGINT, on_signal);
  }
  ~signal_scope() {
    for (auto it = saved_.rbegin(); it != saved_.rend(); ++it) sigaction(it->first, &it->second, nullptr);
    signal_fd.compare_exchange_strong(fd_, -1); // unless another server has taken it over
  }

 private:
  void set(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    struct sigaction old {};
    sigaction(number, &action, &old);
    saved_.emplace_back(number, old);
  }

  int fd_ = -2;
  std::vector<std::pair<int, struct sigaction>> saved_;
};

void check(const options& o) {
  auto require = [](bool holds, const char* name, std::uint64_t found, const char* expected) {
    if (!holds) throw std::system_error(errc::invalid_option, std::string(name) + " is " + std::to_string(found) + ", expected " + expected);
  };
  require(std::has_single_bit(o.slots) && o.slots >= RINGCALL_SLOTS_MIN && o.slots <= RINGCALL_SLOTS_MAX, "slots", o.slots, "a power of two from 2 to 16384");
  require(o.stride == RINGCALL_STRIDE_SMALL || o.stride == RINGCALL_STRIDE_LARGE, "stride", o.stride, "32 or 64");
  const auto arena = [](std::uint32_t size) { return size >= RINGCALL_PAGE_SIZE && size % RINGCALL_PAGE_SIZE == 0 && size <= 1u << 30; };
  require(arena(o.request_arena), "request_arena", o.request_arena, "a multiple of 4096, at most 1 GiB");
  require(arena(o.answer_arena), "answer_arena", o.answer_arena, "a multiple of 4096, at most 1 GiB");
  require(o.loops >= 1 && o.loops <= 256, "loops", o.loops, "1 to 256");
  require(o.workers <= 1024, "workers", o.workers, "at most 1024");
  require(o.channels_max >= 1, "channels_max", o.channels_max, "at least 1");
  if (o.spin.count() < 0 || o.spin > std::chrono::seconds(1)) {
    throw std::system_error(errc::invalid_option, "spin is " + std::to_string(o.spin.count()) + " ns, expected 0 to 1 s");
  }
}

std::uint64_t new_epoch() {
  std::uint64_t epoch = 0;
  while (epoch == 0) {
    if (getrandom(&epoch, sizeof epoch, 0) == -1 && errno != EINTR) throw_errno("getrandom for the epoch");
  }
  return epoch;
}

// What was closed when the program started is opened on nothing. Otherwise a segment or a connection could get the number of stdout or stderr, and what
// is printed would go there.
void fill_standard_descriptors() noexcept {
  for (int fd = 0; fd <= 2; ++fd) {
    // The lowest free number is fd: those below it are open by now.
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) [[maybe_unused]] const int filled = open("/dev/null", O_RDWR);
  }
}

std::shared_ptr<spdlog::logger> make_logger() {
  // Not registered with spdlog: the program's own loggers and their levels are none of our business.
  auto log = std::make_shared<spdlog::logger>("ringcall", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  const char* level = std::getenv("RINGCALL_LOG");
  // A co-process shares its parent's terminal: there it speaks only when something is wrong.
  log->set_level(level != nullptr ? spdlog::level::from_str(level) : std::getenv("RINGCALL_FD") != nullptr ? spdlog::level::warn : spdlog::level::info);
  return log;
}

// The reason first, then what it is about; std::system_error has it the other way round.
std::string told(const std::system_error& e) {
  const std::string what = e.what(), reason = e.code().message();
  const std::string tail = ": " + reason;
  if (e.code().category() != error_category() || !what.ends_with(tail)) return what;
  return reason + ": " + what.substr(0, what.size() - tail.size());
}

// The connection that ringcall.Start left us, taken out of the environment so that our own children do not look for it.
unique_fd inherited_connection() {
  const char* value = std::getenv("RINGCALL_FD");
  if (value == nullptr) return {};
  char* end;
  const long fd = std::strtol(value, &end, 10);
  int type = 0;
  socklen_t size = sizeof type;
  if (*value == '\0' || *end != '\0' || fd < 0 || getsockopt(static_cast<int>(fd), SOL_SOCKET, SO_TYPE, &type, &size) == -1 || type != SOCK_STREAM) {
    throw std::system_error(EBADF, std::generic_category(), std::string("RINGCALL_FD=") + value + " is no connected socket; it is set by ringcall.Start only");
  }
  unsetenv("RINGCALL_FD");
  unique_fd connection(static_cast<int>(fd));
  checked(fcntl(connection.get(), F_SETFD, FD_CLOEXEC), "setting close-on-exec on the inherited connection");
  checked(fcntl(connection.get(), F_SETFL, O_NONBLOCK), "setting the inherited connection non-blocking");
  return connection;
}

// Ends the process if the drain outlasts the parent by more than the grace: an orphan must not live on because of a handler that hangs.
class orphan_watch {
 public:
  orphan_watch() = default;
  ~orphan_watch() {
    if (!thread_.joinable()) return;
    over_.reset(); // the pipe's end of file
    thread_.join();
  }

  // parent becomes readable for ever when the parent has gone.
  void start(unique_fd parent, std::shared_ptr<spdlog::logger> log) {
    int ends[2];
    checked(pipe2(ends, O_CLOEXEC), "pipe for watching the parent");
    over_.reset(ends[1]);
    thread_ = start_thread("watching the parent", [parent = std::move(parent), drained = unique_fd(ends[0]), log = std::move(log)] {
      pollfd fds[] = {{drained.get(), POLLIN, 0}, {parent.get(), POLLRDHUP, 0}};
      wait_for_any(fds);
      const auto limit = std::chrono::steady_clock::now() + orphan_grace;
      while (fds[0].revents == 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
          log->critical("a handler is still running {} s after the parent's end; exiting", orphan_grace.count());
          std::_Exit(1);
        }
        if (poll(fds, 1, static_cast<int>(left.count())) != -1) continue;
        fds[0].revents = 0; // a signal, or no memory for that: go on waiting
        if (errno != EINTR) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    });
  }

 private:
  unique_fd over_;
  std::thread thread_;
};

// The threads that serve. Ends them in order, whichever way the server ends: drained loops first, then the workers that they waited for.
struct crew {
  crew(const registry& registered, const options& o, const std::shared_ptr<spdlog::logger>& log, stats_file& stats) {
    const std::size_t workers = registered.methods.has_worker_methods() ? std::max<std::size_t>(1, o.workers) : 0;
    std::vector<worker_port*> ports;
    for (std::uint32_t i = 0; i < o.loops; ++i) {
      loops.push_back(std::make_unique<loop>(registered, workers, o.spin, log, stats, dead, i));
      ports.push_back(&loops.back()->workers());
    }
    pool.emplace(workers, std::move(ports));
    for (auto& l : loops) l->start();
  }
  ~crew() {
    for (auto& l : loops) l->drain();
    for (auto& l : loops) l->join();
  }

  dead_segments dead;
  std::vector<std::unique_ptr<loop>> loops;
  std::optional<worker_pool> pool;
};

}  // namespace

struct server::state {
  std::string name;
  struct options options;
  std::unique_ptr<history> executions; // both null unless asked for
  std::unique_ptr<request_log> requests;
  std::exception_ptr no_record; // why one of them could not be made
  registry registered;
  unique_fd stop;
  int stop_error = 0; // why there is none
  mutable std::mutex mutex; // statistics
  std::shared_ptr<stats_file> statistics; // of the last run; null before the first

  void serve(const std::shared_ptr<spdlog::logger>& log);
  stats_file& make_statistics(std::uint64_t epoch);
};

server::server(std::string name, options o) : state_(std::make_unique<state>()) {
  state_->name = std::move(name);
  state_->options = std::move(o);
  fill_standard_descriptors();
  state_->stop = unique_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  state_->stop_error = errno; // run says so: programs construct servers where nobody catches
  try {
    const signal_scope as_errors(false, -1); // a limit of files' sizes, too
    state_->executions = history::from_environment();
    state_->requests = request_log::from_environment();
  } catch (const std::exception&) {
    state_->no_record = std::current_exception();
  }
}

server::~server() = default;

void server::add(std::uint16_t id, method m) {
  if (state_->requests != nullptr) m = state_->requests->recorded(id, std::move(m));
  if (state_->executions != nullptr) m = state_->executions->recorded(id, std::move(m));
  state_->registered.methods.add(id, std::move(m));
}

void server::on_gone(std::function<void(client_info)> tell) { state_->registered.on_gone.push_back(std::move(tell)); }

void server::describe(std::string_view service, std::uint64_t fingerprint, std::string_view description) {
  state_->registered.interfaces.add(service, fingerprint, description);
}

void server::stop() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(state_->stop.get(), &one, sizeof one); // a full eventfd stops as well
}

int server::run() {
  const std::shared_ptr<spdlog::logger> log = make_logger();
  try {
    state_->serve(log);
    return 0;
  } catch (const std::system_error& e) {
    log->critical("{}", told(e));
  } catch (const std::bad_alloc&) {
    log->critical("out of memory");
  } catch (const std::exception& e) {
    log->critical("{}", e.what());
  }
  return 1;
}

server_stats server::stats() const {
  std::shared_ptr<stats_file> file;
  {
    std::lock_guard lock(state_->mutex);
    file = state_->statistics;
  }
  return file ? stats_reader(file->header()).all() : server_stats{};
}

stats_file& server::state::make_statistics(std::uint64_t epoch) {
  auto made = std::make_shared<stats_file>(name, epoch, options, registered);
  std::lock_guard lock(mutex);
  statistics = std::move(made);
  return *statistics;
}

void server::state::serve(const std::shared_ptr<spdlog::logger>& log) {
  check(options);
  if (no_record) std::rethrow_exception(no_record);
  if (!stop) throw std::system_error(stop_error, std::generic_category(), "eventfd for stopping");
  const signal_scope signals(options.handle_signals, stop.get());
  const std::uint64_t epoch = new_epoch();
  stats_file& stats = make_statistics(epoch);
  struct ends {
    stats_file& stats;
    ~ends() { set(stats.header().draining, 1); } // whichever way it ends
  } const at_end{stats};
  unique_fd parent = inherited_connection();
  std::optional<listener> socket;
  if (!parent) {
    const std::string path = socket_path(name);
    if (is_plain_name(name)) prepare_runtime_directory();
    socket.emplace(path);
  }

  orphan_watch orphan; // outlives the crew, whose end it bounds
  int watch = -1;
  if (parent) {
    // A second descriptor of the same connection, to see the parent's end even while the loop is busy in a handler. What the watch needs it gets now,
    // when running out of it can still be told.
    unique_fd second(checked(fcntl(parent.get(), F_DUPFD_CLOEXEC, 3), "duplicating the inherited connection"));
    watch = second.get();
    orphan.start(std::move(second), log);
  }
  std::optional<metrics_server> metrics;
  if (!options.metrics.empty()) metrics.emplace(options.metrics, stats_reader(stats.header()), log);
  crew c(registered, options, log, stats);
  acceptor a(options, registered.interfaces, epoch, c.loops, c.dead, stats, log, stop.get());
  if (parent) {
    const unique_fd observers = listen_for_observers(name);
    if (!observers) log->info("nobody can observe this server: {}", std::strerror(errno));
    log->info("serving the parent process");
    const acceptor::parent_end end = a.serve_parent(std::move(parent), watch, observers.get());
    if (end == acceptor::parent_end::never_attached) throw std::system_error(errc::refused, "the parent did not attach");
    if (end == acceptor::parent_end::gone) log->info("the parent has gone");
  } else {
    log->info("listening at {}", socket->path());
    a.listen(socket->descriptor());
    socket.reset(); // no new clients; the name is free at once
  }
  log->info("draining: what was posted is answered{}", options.handle_signals ? "; a second SIGTERM or SIGINT ends the process at once" : "");
}

}  // namespace ringcall
