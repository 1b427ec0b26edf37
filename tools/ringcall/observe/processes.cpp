#include "observe/processes.hpp"

#include "observe/resolve.hpp"
#include "observe/stats_view.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <string>

namespace ringcall::observe {
namespace {

std::string proc_file(pid_t pid, const char* name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
  std::string text;
  std::getline(file, text, '\0'); // unlike the stream's buffer it does not throw if the process ends between opening and reading
  return text;
}

}  // namespace

std::string command_name(pid_t pid) {
  std::string name = proc_file(pid, "comm");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return printable(name.data(), name.size());
}

char process_state(pid_t pid) {
  const std::string stat = proc_file(pid, "stat");
  const auto end = stat.rfind(')'); // the command's name may have spaces and brackets
  return end == std::string::npos || end + 2 >= stat.size() ? '\0' : stat[end + 2];
}

std::uint64_t resident_bytes(pid_t pid) {
  const std::string statm = proc_file(pid, "statm");
  const auto space = statm.find(' ');
  if (space == std::string::npos) return 0;
  return std::strtoull(statm.c_str() + space, nullptr, 10) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

unique_fd connect_to(const address& where) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const std::size_t at = where.coprocess ? 1 : 0;
  if (where.socket.size() + at > sizeof to.sun_path - 1) {
    errno = ENAMETOOLONG;
    return {};
  }
  std::memcpy(to.sun_path + at, where.socket.data(), where.socket.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + at + where.socket.size() + (where.coprocess ? 0 : 1));
  unique_fd s(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // A Unix socket connects at once or not at all: EAGAIN says that the server's queue is full.
  if (s && connect(s.get(), reinterpret_cast<const sockaddr*>(&to), size) == -1) {
    const int error = errno;
    s.reset();
    errno = error;
  }
  return s;
}

peer peer_of(int connection) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == -1) return {};
  return {credentials.pid, credentials.uid};
}

pid_t pid_behind(const address& where) {
  const unique_fd connection = connect_to(where);
  return connection ? peer_of(connection.get()).pid : 0;
}

}  // namespace ringcall::observe
