#include "listener.hpp"

#include "ringcall/error.hpp"

#include "system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace ringcall {
namespace {

unique_fd stream_socket() { return unique_fd(checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")); }

// Whether nobody listens there any more. Any other answer, a full backlog or a refused permission, is somebody's.
bool is_stale(const sockaddr_un& address) {
  const unique_fd probe = stream_socket();
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == -1 && (errno == ECONNREFUSED || errno == ENOENT);
}

// Servers hold the lock for microseconds; whoever holds it longer is somebody else.
void lock_briefly(int fd, const std::string& directory) {
  for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) == -1; ++tries) {
    if (errno != EWOULDBLOCK || tries == 200) throw_errno("locking " + directory + ", the socket's directory");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

listener::listener(std::string path) : path_(std::move(path)), socket_(stream_socket()) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);

  // Servers that start at once queue here: between finding a stale file and binding anew nobody else may bind.
  const std::string directory = path_.substr(0, path_.rfind('/') + 1);
  const unique_fd lock(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) throw_errno("opening " + directory + ", the socket's directory");
  lock_briefly(lock.get(), directory);

  const mode_t mask = umask(0177);
  int bound = bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (bound == -1 && errno == EADDRINUSE) {
    struct stat st;
    if (lstat(path_.c_str(), &st) == 0 && !S_ISSOCK(st.st_mode)) {
      umask(mask);
      throw std::system_error(EEXIST, std::generic_category(), path_ + " exists and is no socket; remove it or choose another path");
    }
    if (!is_stale(address)) {
      umask(mask);
      throw std::system_error(errc::already_running, path_ + "; stop it first or choose another name");
    }
    unlink(path_.c_str());
    bound = bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  const int error = errno;
  umask(mask);
  errno = error;
  if (bound == -1) throw_errno("binding " + path_);
  checked(listen(socket_.get(), 128), "listening");
  struct stat st;
  if (lstat(path_.c_str(), &st) == -1) throw_errno("looking at " + path_);
  device_ = st.st_dev;
  inode_ = st.st_ino;
}

listener::~listener() {
  struct stat st;
  if (lstat(path_.c_str(), &st) == 0 && st.st_dev == device_ && st.st_ino == inode_) unlink(path_.c_str());
}

}  // namespace ringcall
