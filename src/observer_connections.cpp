#include "observer_connections.hpp"

#include "counter.hpp"
#include "passing.hpp"
#include "segment.hpp"

#include <spdlog/spdlog.h>

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>

namespace ringcall {

observer_connections::observer_connections(policy& p, captures& c, ringcall_stats_header& header, std::shared_ptr<spdlog::logger> log)
    : policy_(p), captures_(c), header_(header), log_(std::move(log)),
      visit_lines_(log_, spdlog::level::info, "observers"), capture_lines_(log_, spdlog::level::info, "captures"),
      failed_lines_(log_, spdlog::level::warn, "observers' errors") {
  all_.reserve(most);
}

bool observer_connections::has_room() {
  if (all_.size() < most) return true;
  std::vector<pollfd> fds;
  append_to(fds);
  if (poll(fds.data(), fds.size(), 0) == -1) return false;
  for (pollfd& f : fds) f.revents &= POLLHUP | POLLERR; // commands have their time
  serve(fds);
  return all_.size() < most;
}

void observer_connections::add(unique_fd connection, std::int32_t pid) {
  auto o = std::make_unique<observer>();
  o->connection = std::move(connection);
  o->pid = pid;
  all_.push_back(std::move(o));
  count();
  if (visit_lines_.admits(monotonic_ns())) log_->info("observed by process {}", pid);
}

void observer_connections::append_to(std::vector<pollfd>& fds) const {
  // Who has not taken its reply, or waits for one, is not read.
  for (const auto& o : all_) fds.push_back({o->connection.get(), static_cast<short>(o->unsent != 0 ? POLLOUT : o->waits ? 0 : POLLIN), 0});
}

void observer_connections::serve(std::span<const pollfd> found) {
  bool left = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    observer& o = *all_[i];
    if (found[i].revents == 0) continue;
    try {
      if (proceed(o, found[i].revents)) continue;
    } catch (const std::exception& e) {
      if (failed_lines_.admits(monotonic_ns())) log_->error("observer, process {}: {}; closed", o.pid, e.what());
    }
    release(o);
    left = true;
  }
  if (!left) return;
  std::erase_if(all_, [](const auto& o) { return !o->connection; });
  lease();
  count();
}

// False: it has gone, or is to.
bool observer_connections::proceed(observer& o, short found) {
  if (o.unsent != 0) return send(o);
  if (o.waits) return (found & (POLLHUP | POLLERR)) == 0;
  return receive(o);
}

bool observer_connections::receive(observer& o) {
  // Plain recv: descriptors that come along are dropped by the kernel.
  const ssize_t n = recv(o.connection.get(), reinterpret_cast<char*>(&o.command) + o.received, sizeof o.command - o.received, MSG_DONTWAIT);
  if (n == 0) return false;
  if (n == -1) {
    const int error = errno;
    if (error == EAGAIN || error == EINTR) return true;
    if (error != ECONNRESET && failed_lines_.admits(monotonic_ns())) log_->warn("observer, process {}: reading a command: {}; closed", o.pid, std::strerror(error));
    return false;
  }
  o.received += static_cast<std::size_t>(n);
  if (o.received < sizeof o.command) return true;
  o.received = 0;
  obey(o);
  return send(o);
}

bool observer_connections::send(observer& o) {
  if (o.unsent == 0) return true; // its reply comes later
  const char* rest = reinterpret_cast<const char*>(&o.reply) + sizeof o.reply - o.unsent;
  const ssize_t n = send_passing(o.connection.get(), rest, o.unsent, o.descriptor);
  if (n == -1) {
    const int error = errno;
    if (error == EAGAIN || error == EINTR) return true;
    if (error != EPIPE && error != ECONNRESET && failed_lines_.admits(monotonic_ns())) {
      log_->warn("observer, process {}: sending a reply: {}; closed", o.pid, std::strerror(error));
    }
    return false;
  }
  if (o.descriptor != -1) captures_.close_descriptor(); // the observer has it now
  o.descriptor = -1;
  o.unsent -= static_cast<std::size_t>(n);
  return o.unsent != 0 || !o.ends;
}

void observer_connections::obey(observer& o) {
  const std::uint64_t value = o.command.value;
  if (o.command.magic != RINGCALL_COMMAND_MAGIC) {
    o.ends = true; // where the next one begins, nobody knows
    return refuse(o, "this is no ringcall command");
  }
  const auto at_most = [&](std::uint64_t most, const char* what, const char* unit) {
    if (value <= most) return true;
    refuse(o, std::string(what) + " " + std::to_string(value) + unit + ": at most " + std::to_string(most) + unit);
    return false;
  };
  switch (o.command.kind) {
    case RINGCALL_COMMAND_SAMPLE:
      if (!at_most(UINT32_MAX, "sampling one call in", "")) return;
      o.lease = static_cast<std::uint32_t>(value);
      lease();
      return answer(o, policy_.in_force().sample_every);
    case RINGCALL_COMMAND_SAMPLE_BASE:
      if (!at_most(UINT32_MAX, "sampling one call in", "")) return;
      policy_.set_sample_base(static_cast<std::uint32_t>(value));
      log_->debug("observer, process {}: without observers one call in {} is sampled", o.pid, value);
      return answer(o, policy_.in_force().sample_every);
    case RINGCALL_COMMAND_SERVER_SPIN:
      if (!at_most(policy::server_spin_most, "a server spin of", " ns")) return;
      policy_.set_server_spin(value);
      log_->debug("observer, process {}: the server spins for {} ns", o.pid, value);
      return answer(o, policy_.in_force().server_spin_ns);
    case RINGCALL_COMMAND_CLIENT_SPIN:
      if (value != RINGCALL_SPIN_OWN && !at_most(policy::client_spin_most, "a client spin of", " us")) return;
      policy_.set_client_spin(static_cast<std::uint32_t>(value));
      log_->debug("observer, process {}: clients spin for {} us", o.pid, value);
      return answer(o, policy_.in_force().client_spin_us);
    case RINGCALL_COMMAND_CAPTURE: return capture(o);
    default: return refuse(o, "no command is of kind " + std::to_string(o.command.kind));
  }
}

void observer_connections::capture(observer& o) {
  const std::uint64_t bytes = o.command.value;
  if (o.captures) {
    captures_.end();
    o.captures = false;
  }
  if (bytes == 0) return answer(o, 0);
  if (!std::has_single_bit(bytes) || bytes < capture_file::bytes_least || bytes > capture_file::bytes_most) {
    return refuse(o, "a capture ring has a power of two of bytes from 64 KiB to 1 GiB, not " + std::to_string(bytes));
  }
  if (captures_.is_taken()) return refuse(o, "another observer captures; one at a time");
  captures_.begin(bytes);
  o.captures = o.waits = true; // advance goes on
}

int observer_connections::advance() {
  constexpr int loops_turn_ms = 5; // in which they take what they were given
  const auto it = std::find_if(all_.begin(), all_.end(), [](const auto& o) { return o->waits; });
  if (!captures_.reclaim()) return loops_turn_ms;
  if (it == all_.end()) return -1;
  observer& o = **it;
  try {
    if (!captures_.prepare()) return 0;
    o.descriptor = captures_.descriptor();
    answer(o, o.command.value);
    if (capture_lines_.admits(monotonic_ns())) log_->info("observer, process {}: captures all calls, {} bytes a loop", o.pid, o.command.value);
  } catch (const std::exception& e) {
    captures_.end();
    o.captures = false;
    refuse(o, e.what());
  }
  o.waits = false;
  return -1; // poll finds room for the reply
}

void observer_connections::answer(observer& o, std::uint64_t value) noexcept {
  o.reply = {RINGCALL_REPLY_MAGIC, 0, value, {}};
  o.unsent = sizeof o.reply;
}

void observer_connections::refuse(observer& o, std::string_view why) noexcept {
  o.reply = {RINGCALL_REPLY_MAGIC, 1, 0, {}};
  std::memcpy(o.reply.message, why.data(), std::min(why.size(), sizeof o.reply.message - 1));
  o.unsent = sizeof o.reply;
}

// Ends what it holds, but for its lease, which ends when it is not in all_ any more.
void observer_connections::release(observer& o) {
  if (o.captures) captures_.end();
  o.connection.reset();
  if (visit_lines_.admits(monotonic_ns())) log_->info("no longer observed by process {}", o.pid);
}

void observer_connections::lease() {
  std::uint32_t least = 0;
  for (const auto& o : all_) least = more_often(least, o->lease);
  policy_.set_leased(least);
}

void observer_connections::count() noexcept { set(header_.observers, all_.size()); }

bool observer_connections::sum_up(std::uint64_t now_ns) {
  bool more = false;
  for (log_limit* l : {&visit_lines_, &capture_lines_, &failed_lines_}) more |= l->sum_up(now_ns);
  return more;
}

void observer_connections::end() noexcept {
  all_.clear();
  count();
}

}  // namespace ringcall
