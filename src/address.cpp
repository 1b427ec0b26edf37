#include "address.hpp"

#include "ringcall/error.hpp"

#include "system.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace ringcall {
namespace {

constexpr std::size_t path_size_max = sizeof(sockaddr_un::sun_path) - 1;

bool valid_name(const std::string& name) noexcept {
  if (name.empty() || name[0] == '.' || name[0] == '-') return false; // a file that is hidden, what command lines take for an option
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!plain) return false;
  }
  return true;
}

}  // namespace

std::string runtime_directory() {
  const char* base = std::getenv("XDG_RUNTIME_DIR");
  if (base != nullptr && base[0] == '/') return std::string(base) + "/ringcall";
  return "/tmp/ringcall-" + std::to_string(geteuid());
}

bool is_plain_name(const std::string& name) noexcept { return name.find('/') == std::string::npos; }

std::string socket_path(const std::string& name) {
  std::string path = name;
  if (is_plain_name(name)) {
    if (!valid_name(name)) {
      throw std::system_error(errc::invalid_name, "'" + name + "': a name is letters, digits, '.', '_' and '-', and does not begin with '.' or '-'; a path contains '/'");
    }
    path = runtime_directory() + "/" + name + ".sock";
  }
  if (path.size() > path_size_max) {
    throw std::system_error(errc::path_too_long, "'" + path + "' has " + std::to_string(path.size()) + " bytes, a socket's path holds " +
                                                     std::to_string(path_size_max) + "; use a shorter name or directory");
  }
  return path;
}

void prepare_runtime_directory() {
  const std::string directory = runtime_directory();
  if (mkdir(directory.c_str(), 0700) == -1 && errno != EEXIST) throw_errno("creating " + directory);
  struct stat st;
  if (lstat(directory.c_str(), &st) == -1) throw_errno("looking at " + directory);
  std::string wrong;
  if (!S_ISDIR(st.st_mode)) {
    wrong = "is no directory";
  } else if (st.st_uid != geteuid()) {
    wrong = "belongs to user " + std::to_string(st.st_uid) + ", expected " + std::to_string(geteuid());
  } else if ((st.st_mode & 077) != 0) {
    wrong = "is open to other users; expected mode 0700";
  }
  if (!wrong.empty()) throw std::system_error(errc::unsafe_directory, directory + " " + wrong + "; remove it or set XDG_RUNTIME_DIR");
}

}  // namespace ringcall
