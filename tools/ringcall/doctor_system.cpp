#include "doctor.hpp"

#include "observe/conditions.hpp"
#include "observe/processes.hpp"
#include "observe/resolve.hpp"
#include "observe/server.hpp"
#include "observe/snapshot.hpp"
#include "print/units.hpp"
#include "unique_fd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

namespace ringcall::tool {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

finding sealing() {
  const unique_fd fd(memfd_create("ringcall-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd && fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) return {"sealed memory", grade::fine, "memfd_create and its seals work"};
  return {"sealed memory", grade::fails, std::string(fd ? "sealing" : "memfd_create") + ": " + std::strerror(errno), "no channel can be made: attaching fails",
          "a kernel of 3.17 or newer that has memfd_create; in a container, a seccomp profile that allows it (Docker's own does)"};
}

finding pidfd() {
#ifdef SYS_pidfd_open
  const unique_fd fd(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (fd) return {"pidfd", grade::fine, "pidfd_open works"};
  const std::string why = std::strerror(errno);
#else
  const std::string why = "these headers do not know it";
#endif
  return {"pidfd", grade::hurts, "pidfd_open: " + why, "a peer's death shows only when its connection ends, which children that it forked can hold open",
          "Linux 5.3 or newer; in a container, a seccomp profile that allows pidfd_open"};
}

std::string limit_text(rlim_t limit, bool bytes) { return limit == RLIM_INFINITY ? "unlimited" : bytes ? bytes_text(limit) : count_text(limit); }

std::vector<finding> limits() {
  std::vector<finding> all;
  rlimit l{};
  getrlimit(RLIMIT_NOFILE, &l);
  if (l.rlim_cur >= 1024) all.push_back({"open files", grade::fine, limit_text(l.rlim_cur, false)});
  else all.push_back({"open files", l.rlim_cur < 64 ? grade::fails : grade::hurts, limit_text(l.rlim_cur, false) + " (RLIMIT_NOFILE)",
                      "each channel takes a descriptor on each side, an attach two more", "raise it: ulimit -n 65536, or LimitNOFILE= of the service"});
  getrlimit(RLIMIT_FSIZE, &l);
  constexpr rlim_t mib = 1 << 20;
  if (l.rlim_cur == RLIM_INFINITY || l.rlim_cur >= 64 * mib) all.push_back({"file size", grade::fine, limit_text(l.rlim_cur, true)});
  else all.push_back({"file size", l.rlim_cur < mib ? grade::fails : grade::hurts, limit_text(l.rlim_cur, true) + " (RLIMIT_FSIZE)", "it bounds shared memory, too: a larger segment, or the statistics, cannot be made",
                      "raise it: ulimit -f unlimited"});
  getrlimit(RLIMIT_AS, &l);
  if (l.rlim_cur == RLIM_INFINITY) all.push_back({"address space", grade::fine, "unlimited"});
  else all.push_back({"address space", grade::note, limit_text(l.rlim_cur, true) + " (RLIMIT_AS)", "channels count towards it", ""});
  getrlimit(RLIMIT_MEMLOCK, &l);
  all.push_back({"locked memory", grade::fine, limit_text(l.rlim_cur, true) + "; ringcall locks none"});
  return all;
}

finding runtime_directory() {
  const std::string directory = observe::runtime_directory();
  const char* check = "runtime directory";
  struct stat st;
  if (lstat(directory.c_str(), &st) == -1 && errno == ENOENT) {
    const std::string parent = directory.substr(0, directory.rfind('/'));
    if (access(parent.c_str(), W_OK) == 0) return {check, grade::fine, directory + ", made by the first server"};
    return {check, grade::fails, directory + " cannot be made: " + parent + ": " + std::strerror(errno), "servers cannot listen under a plain name",
            "make it: mkdir -p -m 0700 " + parent + ", or unset XDG_RUNTIME_DIR, or use a path as the name"};
  }
  std::string wrong;
  if (!S_ISDIR(st.st_mode)) wrong = "is no directory";
  else if (st.st_uid != geteuid()) wrong = "belongs to user " + std::to_string(st.st_uid) + ", this is user " + std::to_string(geteuid());
  else if ((st.st_mode & 077) != 0) wrong = "is open to other users";
  else if (access(directory.c_str(), W_OK | X_OK) != 0) wrong = std::string("cannot be written to: ") + std::strerror(errno);
  if (!wrong.empty()) return {check, grade::fails, directory + " " + wrong, "servers and clients refuse it: others could put a socket there", "chmod 700 " + directory + ", or set XDG_RUNTIME_DIR to a directory of your own"};
  if (directory.size() > 80) return {check, grade::hurts, directory, "a socket's path holds 107 bytes: long names do not fit", "set XDG_RUNTIME_DIR to a shorter path"};
  std::size_t stale = 0;
  for (const auto& a : observe::find_servers()) stale += !a.coprocess && !observe::connect_to(a) && errno == ECONNREFUSED;
  if (stale == 0) return {check, grade::fine, directory};
  return {check, grade::note, directory + ", with " + std::to_string(stale) + (stale == 1 ? " socket" : " sockets") + " of dead servers", "none: the next server of that name takes it over", "'ringcall list' names them"};
}

finding huge_pages(const std::string& root) {
  const std::string line = first_line(root + "/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  const auto open = line.find('['), close = line.find(']');
  const std::string now = open == std::string::npos || close < open ? "" : line.substr(open + 1, close - open - 1);
  if (now != "always" && now != "force") return {"huge pages", grade::fine, now.empty() ? "none for shared memory" : now + " for shared memory"};
  return {"huge pages", grade::hurts, now + " for shared memory", "each channel may take 2 MiB instead of its 220 KiB, and making them takes longer",
          "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled"};
}

finding kernel() {
  utsname u{};
  uname(&u);
  const std::string machine = u.machine;
  const std::string found = std::string(u.sysname) + " " + u.release + ", " + machine;
  if (machine == "x86_64" || machine == "aarch64") return {"system", grade::fine, found};
  return {"system", grade::hurts, found, "ringcall is made and tested for x86_64 and aarch64", ""};
}

finding ptrace(const std::string& root) {
  const std::string scope = first_line(root + "/proc/sys/kernel/yama/ptrace_scope");
  if (scope.empty() || scope == "0" || geteuid() == 0) return {"ptrace", grade::fine, scope.empty() ? "not restricted" : "scope " + scope + (scope == "0" ? "" : ", but this is root")};
  return {"ptrace", grade::note, "scope " + scope, "'ringcall postmortem PID' may not read a client's memory; dumps are not affected", "run it as root, or: sysctl kernel.yama.ptrace_scope=0"};
}

}  // namespace

std::vector<finding> check_system(const std::string& root) {
  std::vector<finding> all{kernel(), sealing(), pidfd()};
  for (finding& f : limits()) all.push_back(std::move(f));
  all.push_back(runtime_directory());
  all.push_back(huge_pages(root));
  all.push_back(ptrace(root));
  return all;
}

std::vector<finding> check_server(const observe::server& s) {
  const auto now = observe::take(s.stats());
  const auto& h = s.stats().header();
  std::vector<finding> all;
  for (const std::string& c : observe::conditions(s.stats(), now)) all.push_back({"server", grade::hurts, c, "calls wait", ""});
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  if (h.loop_count >= cores) {
    all.push_back({"loops", grade::hurts, std::to_string(h.loop_count) + " loops on " + std::to_string(cores) + (cores == 1 ? " core" : " cores"), "polling loops leave no core to the clients", "give the server fewer loops (options::loops)"});
  } else {
    all.push_back({"loops", grade::fine, std::to_string(h.loop_count) + " on " + std::to_string(cores) + " cores"});
  }
  const std::string channels = std::to_string(now.channels.size()) + " of " + std::to_string(h.channel_count);
  if (now.channels.size() * 10 >= std::size_t{h.channel_count} * 9) all.push_back({"channels", grade::hurts, channels, "the next clients are refused", "raise options::channels_max"});
  else all.push_back({"channels", grade::fine, channels});
  if (now.policy.refused != 0) all.push_back({"refused", grade::note, count_text(now.policy.refused) + " attaches so far", "these clients could not call", "the server's log says why"});
  std::uint64_t poisoned = 0;
  for (const auto& l : now.loops) poisoned += l.poisoned;
  if (poisoned != 0) all.push_back({"poisoned", grade::hurts, count_text(poisoned) + " channels so far", "a client wrote what no client may: its calls failed", "look for a client that writes past its memory; the server's log says which"});
  return all;
}

}  // namespace ringcall::tool
