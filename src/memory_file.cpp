#include "memory_file.hpp"

#include "system.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace ringcall::memory_file {
namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

// What boost::interprocess::mapped_region maps: anything with a mapping handle.
struct mappable {
  int fd;
  boost::interprocess::mapping_handle_t get_mapping_handle() const noexcept { return {fd, false}; }
};

// In parts, because a signal undoes the part that it comes into: a program with a busy timer must get on, too.
void allocate(int fd, std::uint64_t size, const std::string& what) {
  constexpr std::uint64_t part = 1 << 20;
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t next = std::min(part, size - done);
    const int e = posix_fallocate(fd, static_cast<off_t>(done), static_cast<off_t>(next));
    if (e == EINTR) continue;
    if (e != 0) throw std::system_error(e, std::generic_category(), "allocating " + what + " of " + std::to_string(size) + " bytes");
    done += next;
  }
}

}  // namespace

unique_fd create(const char* name, std::uint64_t size, const std::string& what) {
  unique_fd fd(checked(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), ("memfd_create for " + what).c_str()));
  allocate(fd.get(), size, what);
  return fd;
}

mapped_region map(int fd, std::uint64_t size, const std::string& what, bool writable) {
  mapped_region region;
  try {
    region = mapped_region(mappable{fd}, writable ? boost::interprocess::read_write : boost::interprocess::read_only, 0, size);
  } catch (const boost::interprocess::interprocess_exception& e) {
    throw std::system_error(e.get_native_error(), std::generic_category(), "mapping " + what + " of " + std::to_string(size) + " bytes");
  }
  checked(madvise(region.get_address(), region.get_size(), MADV_DONTFORK), ("madvise(DONTFORK) on " + what).c_str());
  return region;
}

void seal(int fd, const std::string& what) { checked(fcntl(fd, F_ADD_SEALS, seals), ("sealing " + what).c_str()); }

void seal_for_readers(int fd, const std::string& what) {
#ifdef F_SEAL_FUTURE_WRITE
  if (fcntl(fd, F_ADD_SEALS, seals | F_SEAL_FUTURE_WRITE) != -1) return;
  if (errno != EINVAL) throw_errno("sealing " + what);
#endif
  seal(fd, what);
}

}  // namespace ringcall::memory_file
