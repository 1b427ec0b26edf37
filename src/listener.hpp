#pragma once
// The listening socket of a server: bound without a race against another server, removed when it ends.

#include "unique_fd.hpp"

#include <sys/types.h>

#include <string>

namespace ringcall {

class listener {
 public:
  // Binds and listens at path; takes over a stale socket file. Throws std::system_error: errc::already_running, or the system's error.
  explicit listener(std::string path);
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  int descriptor() const noexcept { return socket_.get(); }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  unique_fd socket_;
  dev_t device_ = 0; // of the socket file, so that only our own is removed
  ino_t inode_ = 0;
};

}  // namespace ringcall
