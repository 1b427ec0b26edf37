#include "observe/resolve.hpp"

#include "observe/processes.hpp"
#include "observe/stats_view.hpp"
#include "observe/trouble.hpp"

#include "address.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace ringcall::observe {
namespace {

std::string abstract_prefix() { return "ringcall/" + std::to_string(geteuid()) + "/"; }

// Listening abstract sockets of this user's co-processes; what somebody else bound under such a name is told by its peer's user when it is connected to.
std::vector<address> find_coprocesses() {
  std::vector<address> found;
  std::ifstream table("/proc/net/unix");
  const std::string wanted = " @" + abstract_prefix();
  for (std::string line; std::getline(table, line);) {
    const auto at = line.find(wanted);
    if (at == std::string::npos) continue;
    const std::string socket = line.substr(at + 2);
    const std::string name = socket.substr(abstract_prefix().size());
    // Anybody may bind such a name: none that could steer a terminal.
    if (name.empty() || printable(name.data(), name.size()) != name || std::any_of(found.begin(), found.end(), [&](const address& a) { return a.name == name; })) continue;
    found.push_back({name, socket, true});
  }
  std::sort(found.begin(), found.end(), [](const address& a, const address& b) { return a.name < b.name; });
  return found;
}

void check_runtime_directory(const std::string& directory) {
  struct stat st;
  if (lstat(directory.c_str(), &st) == -1) {
    if (errno == ENOENT) return;
    throw problem(errno == EACCES ? trouble::no_permission : trouble::no_server, "looking at the runtime directory " + directory + ": " + std::strerror(errno));
  }
  if (!S_ISDIR(st.st_mode)) throw problem(trouble::other_user, "the runtime directory " + directory + " is no directory; remove it");
  if (st.st_uid != geteuid()) {
    throw problem(trouble::other_user, "the runtime directory " + directory + " belongs to user " + std::to_string(st.st_uid) + ", this tool runs as user " +
                                           std::to_string(geteuid()) + "; set XDG_RUNTIME_DIR to a directory of your own, or run as that user");
  }
}

std::vector<address> find_sockets() {
  std::vector<address> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(runtime_directory(), ignored)) {
    std::error_code unknown;
    if (entry.path().extension() != ".sock" || !entry.is_socket(unknown)) continue;
    found.push_back({entry.path().stem().string(), entry.path().string()});
  }
  std::sort(found.begin(), found.end(), [](const address& a, const address& b) { return a.name < b.name; });
  return found;
}

bool is_pid(const std::string& name) { return !name.empty() && name.size() <= 10 && name.find_first_not_of("0123456789") == std::string::npos; }

// NAME.PID -> NAME
std::string without_pid(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot != std::string::npos && is_pid(name.substr(dot + 1)) ? name.substr(0, dot) : name;
}

std::string listed(const std::vector<address>& all) {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) text += (i == 0 ? "" : i + 1 == all.size() ? " and " : ", ") + all[i].name;
  return text;
}

std::vector<address> of_pid(const std::string& name) {
  std::vector<address> found;
  if (!is_pid(name)) return found;
  for (const address& a : find_servers()) {
    if (std::to_string(pid_behind(a)) == name) found.push_back(a);
  }
  return found;
}

[[noreturn]] void no_such(const std::string& name, const std::string& path) {
  std::vector<std::string> names;
  for (const address& a : find_servers()) {
    names.push_back(a.name);
    if (a.coprocess) names.push_back(without_pid(a.name));
  }
  std::string text = "no server is called " + name + ": nothing listens at " + path + ", as after the end of a server or while it drains";
  const std::string suggested = suggestion(name, names);
  if (!suggested.empty()) text += suggested;
  else text += names.empty() ? "; no server of this user runs" : "; 'ringcall list' shows those that run";
  throw problem(trouble::no_server, text);
}

std::string path_of(const std::string& name) {
  try {
    return socket_path(name);
  } catch (const std::system_error& e) {
    throw problem(trouble::bad_name, e.what());
  }
}

}  // namespace

std::string runtime_directory() { return ringcall::runtime_directory(); }

std::vector<address> find_servers() {
  auto found = find_sockets();
  const auto coprocesses = find_coprocesses();
  found.insert(found.end(), coprocesses.begin(), coprocesses.end());
  return found;
}

address resolve(const std::string& name) {
  if (name.empty()) throw problem(trouble::bad_name, "the server's name is empty; give a name, the path of a socket, or a pid");
  if (name.find('\0') != std::string::npos) throw problem(trouble::bad_name, "the server's name contains a NUL byte");
  const std::string path = path_of(name);
  struct stat st;
  if (!is_plain_name(name)) {
    if (lstat(path.c_str(), &st) == 0 || errno != ENOENT) return {name, path};
    throw problem(trouble::no_server, "there is no socket " + path + "; 'ringcall list' shows the servers that run");
  }
  check_runtime_directory(runtime_directory());
  if (lstat(path.c_str(), &st) == 0) return {name, path};
  const auto coprocesses = find_coprocesses();
  std::vector<address> meant;
  for (const address& a : coprocesses) {
    if (a.name == name) return a;
    if (without_pid(a.name) == name) meant.push_back(a);
  }
  if (meant.empty()) meant = of_pid(name);
  if (meant.size() == 1) return meant[0];
  if (meant.empty()) no_such(name, path);
  throw problem(trouble::ambiguous, std::to_string(meant.size()) + " servers are called " + name + ": " + listed(meant) + "; say which");
}

}  // namespace ringcall::observe
