#include "acceptor.hpp"

#include "counter.hpp"
#include "system.hpp"

#include <spdlog/spdlog.h>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace ringcall {
namespace {

constexpr std::uint64_t handshake_limit_ns = 2'000'000'000;
constexpr std::size_t handshakes_max = 64; // connections that have not said hello; the next waits in the backlog
constexpr std::uint64_t hello_due_ns = 100'000'000; // silent for longer, a connection gives way to one that waits
constexpr int accepts_most = 64; // between two looks at everything else
constexpr int exhausted_pause_ms = 100; // when the system has no descriptors or no memory

// For all servers of the process.
std::uint64_t next_client_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1; // relaxed: only to be unlike the others
}

}  // namespace

acceptor::acceptor(const options& o, const interface_table& interfaces, std::uint64_t epoch, std::vector<std::unique_ptr<loop>>& loops, dead_segments& dead, stats_file& stats,
                   std::shared_ptr<spdlog::logger> log, int stop_fd)
    : options_(o), interfaces_(interfaces), epoch_(epoch), loops_(loops), dead_(dead), log_(std::move(log)), stop_fd_(stop_fd), stats_(stats),
      policy_(o.sample_every, static_cast<std::uint64_t>(o.spin.count()), stats.header(),
              [this](const policy::values& v) {
                for (auto& l : loops_) l->set_policy(v.sample_every, v.client_spin_us, v.server_spin_ns);
              }),
      captures_(loops.size(),
                [this](const std::shared_ptr<capture_file>& c) {
                  for (auto& l : loops_) l->set_capture(c);
                }),
      observers_(policy_, captures_, stats.header(), log_), attached_lines_(log_, spdlog::level::info, "channels attached"),
      refused_lines_(log_, spdlog::level::warn, "attach refused") {
  handshakes_.reserve(handshakes_max);
}

void acceptor::listen(int listening) { serve_all(listening, -1); }

acceptor::parent_end acceptor::serve_parent(unique_fd connection, int watch, int listening) {
  expected_ = purpose::attach;
  begin(std::move(connection)); // may be all of the handshake, if the hello is there already
  while (!handshakes_.empty()) {
    if (step(-1, -1, -1) == event::stop) return parent_end::stopped;
  }
  if (attached_ == 0) return parent_end::never_attached;
  expected_ = purpose::observe;
  return serve_all(listening, watch) == event::stop ? parent_end::stopped : parent_end::gone;
}

// Serves until it is to stop or watch says that the client has gone.
acceptor::event acceptor::serve_all(int listening, int watch) {
  event last = event::something;
  for (int pause_ms = -1; last == event::something;) {
    try {
      const bool full = handshakes_.size() >= handshakes_max && !(is_readable(listening, 0) && make_room());
      last = step(full || pause_ms != -1 ? -1 : listening, watch, pause_ms);
      pause_ms = -1;
      if (last != event::something || !readable_) continue;
      const int error = accept_all(listening);
      if (error == EAGAIN) continue;
      log_->error("accepting: {}; trying again in {} ms", std::strerror(error), exhausted_pause_ms);
      pause_ms = exhausted_pause_ms;
    } catch (const std::exception& e) { // those that are there are served on, and the next may have more luck
      log_->error("waiting for new clients: {}; trying again in {} ms", e.what(), exhausted_pause_ms);
      if (is_readable(stop_fd_, exhausted_pause_ms)) last = event::stop;
    }
  }
  for (handshake& h : handshakes_) refuse(h, RINGCALL_WELCOME_CLOSING, "the server is shutting down");
  set(stats_.header().draining, 1);
  observers_.end();
  return last;
}

// Waits for something to do, and does it but for accepting. timeout_ms -1: no longer than what has begun allows.
acceptor::event acceptor::step(int listening, int watch, int timeout_ms) {
  if (timeout_ms == -1 && !handshakes_.empty()) timeout_ms = 100;
  if (sum_up() && timeout_ms == -1) timeout_ms = log_limit::period_ns / 1'000'000;
  if (const int due = observers_.advance(); due != -1 && (timeout_ms == -1 || due < timeout_ms)) timeout_ms = due;
  std::vector<pollfd> fds{{stop_fd_, POLLIN, 0}, {watch, POLLRDHUP, 0}, {listening, POLLIN, 0}, {dead_.descriptor(), POLLIN, 0}}; // poll ignores descriptor -1
  constexpr std::size_t own = 4;
  for (const handshake& h : handshakes_) fds.push_back({h.descriptor(), POLLIN, 0});
  observers_.append_to(fds);
  while (poll(fds.data(), fds.size(), timeout_ms) == -1) {
    if (errno == EINTR) continue;
    if (errno != ENOMEM && errno != EAGAIN) throw_errno("poll");
    // Those that are there are served meanwhile.
    log_->error("waiting for new clients: {}; trying again in {} ms", std::strerror(errno), exhausted_pause_ms);
    if (is_readable(stop_fd_, exhausted_pause_ms)) return event::stop;
  }
  if (fds[0].revents != 0) return event::stop;
  if (fds[1].revents != 0) return event::gone;
  readable_ = fds[2].revents != 0;
  if (fds[3].revents != 0) dead_.unmap();
  const std::span<const pollfd> found(fds);
  const std::size_t shaking = handshakes_.size(); // before any of them becomes an observer
  observers_.serve(found.subspan(own + shaking));
  proceed_all(found.subspan(own, shaking));
  return event::something;
}

void acceptor::proceed_all(std::span<const pollfd> found) {
  const std::uint64_t now = monotonic_ns();
  std::size_t open = 0; // so many at the front go on; in place, so that a throw loses none of the others
  for (std::size_t i = 0; i < handshakes_.size(); ++i) {
    handshake& h = handshakes_[i];
    bool over = h.descriptor() == -1 || (found[i].revents != 0 && proceed(h));
    if (!over && now > h.deadline_ns()) {
      refuse(h, RINGCALL_WELCOME_MALFORMED, "no whole hello within 2 s");
      over = true;
    }
    if (over) continue;
    if (open != i) handshakes_[open] = std::move(h);
    ++open;
  }
  handshakes_.erase(handshakes_.begin() + static_cast<std::ptrdiff_t>(open), handshakes_.end());
}

// Gives up the connection that has been silent longest, if that is long enough: else as many as there may be would keep all others out for as long as
// they like.
bool acceptor::make_room() {
  handshake& oldest = handshakes_.front();
  if (monotonic_ns() + handshake_limit_ns < oldest.deadline_ns() + hello_due_ns) return false;
  // What has come in time is taken first, however late this thread looks.
  if (!proceed(oldest)) refuse(oldest, RINGCALL_WELCOME_BUSY, "no whole hello within 100 ms, and others wait");
  handshakes_.erase(handshakes_.begin());
  return true;
}

// Accepts who waits, but returns in between: connections may come for ever. Returns why it goes no further: EAGAIN, or what is wrong with accepting.
int acceptor::accept_all(int listening) {
  for (int i = 0; i < accepts_most && handshakes_.size() < handshakes_max; ++i) {
    unique_fd connection(accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      return errno;
    }
    begin(std::move(connection));
  }
  return EAGAIN;
}

void acceptor::begin(unique_fd connection) {
  handshake h(std::move(connection), monotonic_ns() + handshake_limit_ns, expected_);
  if (const std::string wrong = h.wrong_user(); !wrong.empty()) return refuse(h, RINGCALL_WELCOME_USER, wrong);
  if (!proceed(h)) handshakes_.push_back(std::move(h));
}

bool acceptor::proceed(handshake& h) {
  switch (h.read()) {
    case handshake::progress::more: return false;
    case handshake::progress::gone: return true;
    case handshake::progress::refused: refuse(h, h.status(), h.reason()); return true;
    case handshake::progress::ready: break;
  }
  if (!h.is_allowed()) {
    refuse(h, RINGCALL_WELCOME_MALFORMED, h.observes() ? "the parent's connection is for attaching" : "a co-process serves its parent alone; others may observe it");
    return true;
  }
  if (h.observes()) {
    observe(h);
    return true;
  }
  if (channels() >= options_.channels_max) {
    refuse(h, RINGCALL_WELCOME_BUSY, "the server has its " + std::to_string(options_.channels_max) + " channels; close some or raise options::channels_max");
    return true;
  }
  if (attach(h)) ++attached_;
  return true;
}

bool acceptor::attach(handshake& h) {
  try {
    dead_.unmap(); // whose memory may be needed
    segment s = segment::create(options_, epoch_);
    unique_fd connection = h.welcome(s, interfaces_);
    if (!connection) return false;
    s.close_descriptor();
    try {
      hand_over(s, connection, {next_client_id(), h.pid(), h.uid()});
    } catch (...) {
      s.say_closed(); // it has been welcomed
      throw;
    }
    return true;
  } catch (const std::exception& e) {
    refuse(h, RINGCALL_WELCOME_EXHAUSTED, e.what());
    return false;
  }
}

void acceptor::observe(handshake& h) {
  if (!observers_.has_room()) {
    return refuse(h, RINGCALL_WELCOME_BUSY, "the server has its " + std::to_string(observer_connections::most) + " observers; end one of them");
  }
  try {
    unique_fd connection = h.welcome_observer(stats_.read_only().get(), stats_.size(), epoch_);
    if (connection) observers_.add(std::move(connection), h.pid());
  } catch (const std::exception& e) {
    refuse(h, RINGCALL_WELCOME_EXHAUSTED, e.what());
  }
}

void acceptor::hand_over(segment& s, unique_fd& connection, const client_info& client) {
  if (attached_lines_.admits(monotonic_ns())) {
    log_->info("channel {}: attached by process {}, {} slots of {} bytes, arenas {} and {} bytes", client.id, client.pid, options_.slots, options_.stride,
               options_.request_arena, options_.answer_arena);
  }
  auto least = std::min_element(loops_.begin(), loops_.end(), [](auto& a, auto& b) { return a->channels() < b->channels(); });
  (*least)->adopt(std::move(s), std::move(connection), client);
}

void acceptor::refuse(handshake& h, ringcall_welcome_status status, const std::string& reason) {
  if (!h.observes()) bump(stats_.header().refused);
  if (refused_lines_.admits(monotonic_ns())) log_->warn("attach refused: {}", reason);
  h.refuse(status, reason, epoch_);
}

// Tells what the log was spared. True: more is to be told in a while.
bool acceptor::sum_up() {
  const std::uint64_t now = monotonic_ns();
  bool more = false;
  for (log_limit* l : {&attached_lines_, &refused_lines_}) more |= l->sum_up(now);
  return observers_.sum_up(now) || more;
}

std::size_t acceptor::channels() const noexcept {
  std::size_t sum = 0;
  for (const auto& l : loops_) sum += l->channels();
  return sum;
}

}  // namespace ringcall
