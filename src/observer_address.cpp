#include "observer_address.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace ringcall {

std::string observer_address(const std::string& name, uid_t user, pid_t process) {
  using namespace std::string_literals;
  const std::string before = "\0ringcall/"s + std::to_string(user) + "/", after = "."s + std::to_string(process);
  const std::size_t room = sizeof(sockaddr_un::sun_path) - before.size() - after.size();
  std::string plain = name.size() <= room ? name : name.substr(name.size() - room);
  std::ranges::replace(plain, '/', '_');
  return before + plain + after;
}

unique_fd listen_for_observers(const std::string& name) {
  const std::string path = observer_address(name, geteuid(), getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path);
  unique_fd listening(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listening) return {};
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()); // to the byte: a zero would belong to the address
  if (bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), size) == -1 || listen(listening.get(), 16) == -1) return {};
  return listening;
}

}  // namespace ringcall
