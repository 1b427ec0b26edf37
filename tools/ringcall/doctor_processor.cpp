#include "doctor.hpp"

#include "print/units.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

namespace ringcall::tool {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  std::string all = text.str();
  while (!all.empty() && all.back() == '\n') all.pop_back();
  return all;
}

int usable_cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
}

finding cores(int count) {
  if (count > 1) return {"cores", grade::fine, std::to_string(count) + " may be used"};
  return {"cores", grade::hurts, "only one may be used", "client and server take turns on it: each call costs two switches (10 us and more), and polling cannot help",
          "give the processes two cores (taskset, cpuset, docker --cpuset-cpus)"};
}

finding load(const std::string& root, int count) {
  const double busy = std::strtod(read(root + "/proc/loadavg").c_str(), nullptr);
  const std::string found = short_count_text(busy) + " processes on average want the " + std::to_string(count) + (count == 1 ? " core" : " cores");
  if (busy <= count) return {"load", grade::fine, found};
  return {"load", grade::hurts, found, "loops and clients wait for their turn: high percentiles are the scheduler's, not ringcall's", "measure on a quieter machine, or pin server and client to cores of their own"};
}

// The group's quota, as cgroup v2 has it: "max 100000" or "50000 100000".
std::vector<finding> cpu_limit(const std::string& root) {
  const std::string group = read(root + "/proc/self/cgroup");
  const auto at = group.find("0::");
  std::string directory = root + "/sys/fs/cgroup" + (at == std::string::npos ? "" : group.substr(at + 3, group.find('\n', at) - at - 3));
  std::string limit = read(directory + "/cpu.max");
  if (limit.empty()) limit = read((directory = root + "/sys/fs/cgroup") + "/cpu.max"); // in a container its own group is the root
  double quota = 0, period = 0;
  if (std::sscanf(limit.c_str(), "%lf %lf", &quota, &period) != 2 || period <= 0) return {{"CPU limit", grade::fine, "none"}};
  const double allowed = quota / period;
  const std::string found = "the container, or group, may use " + short_count_text(allowed) + " cores";
  std::vector<finding> all;
  if (allowed >= 2) all.push_back({"CPU limit", grade::note, found, "when the quota is used up all its threads stand still until the period ends, up to " + duration_text(static_cast<std::uint64_t>(period) * 1000), ""});
  else all.push_back({"CPU limit", grade::hurts, found, "polling uses the quota up; then all stand still until the period ends, up to " + duration_text(static_cast<std::uint64_t>(period) * 1000),
                      "allow two cores or more (docker --cpus, resources.limits.cpu), or poll less: ringcall tune NAME --server-spin 0 --client-spin 0"});
  const std::string stat = read(directory + "/cpu.stat");
  unsigned long long throttled = 0;
  if (const auto line = stat.find("nr_throttled "); line != std::string::npos) throttled = std::strtoull(stat.c_str() + line + 13, nullptr, 10);
  if (throttled != 0) {
    all.push_back({"throttling", grade::hurts, "it was throttled " + count_text(throttled) + " times", "each time all calls stood still for the rest of a period", "raise the limit"});
  }
  return all;
}

finding governor(const std::string& root) {
  const std::string now = read(root + "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const std::string driver = read(root + "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver");
  if (now.empty()) return {"CPU governor", grade::fine, "none that can be seen: firmware or hypervisor decide"};
  const bool adapts = now == "performance" || now == "schedutil" || driver.starts_with("intel_pstate") || driver.starts_with("amd-pstate");
  if (adapts) return {"CPU governor", grade::fine, now + " (" + driver + ")"};
  return {"CPU governor", grade::hurts, now + " (" + driver + ")", "cores run slowly, and raise their clock late: rare calls take several times as long",
          "for steady latency: cpupower frequency-set -g performance"};
}

finding clocksource(const std::string& root) {
  const std::string now = read(root + "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  const std::string flags = read(root + "/proc/cpuinfo");
  const bool cheap = now == "tsc" || now == "kvm-clock" || now == "arch_sys_counter" || now.starts_with("hyperv_clocksource");
  if (now.empty()) return {"clock", grade::note, "the system does not say which it uses"};
  if (cheap) return {"clock", grade::fine, now + (flags.find("constant_tsc") != std::string::npos ? ", with a constant time stamp counter" : "")};
  return {"clock", grade::hurts, now, "reading the time is a system call or a device access, about a microsecond: sampled calls get that much slower",
          "see why the kernel gave the time stamp counter up: dmesg | grep -i -e tsc -e clocksource"};
}

struct times {
  double all = 0, stolen = 0;
};

times cpu_times(const std::string& root) {
  std::ifstream file(root + "/proc/stat");
  std::string cpu;
  file >> cpu;
  times t;
  double value = 0;
  for (int i = 0; i < 8 && file >> value; ++i) { // user nice system idle iowait irq softirq steal
    t.all += value;
    if (i == 7) t.stolen = value;
  }
  return t;
}

finding steal(const std::string& root) {
  const times before = cpu_times(root);
  std::this_thread::sleep_for(std::chrono::milliseconds(root.empty() ? 300 : 0));
  const times after = cpu_times(root);
  const double lately = after.all > before.all ? (after.stolen - before.stolen) / (after.all - before.all) : 0;
  const double ever = after.all > 0 ? after.stolen / after.all : 0;
  const std::string found = percent_text(lately) + " of the CPU time goes to other guests now, " + percent_text(ever) + " since the start";
  if (std::max(lately, ever) < 0.01) return {"steal", grade::fine, found};
  return {"steal", grade::hurts, found, "the host takes the core away in the middle of calls: high percentiles of milliseconds", "use an instance with cores of its own, or another host"};
}

finding virtualisation(const std::string& root) {
  const bool guest = read(root + "/proc/cpuinfo").find(" hypervisor") != std::string::npos;
  if (!guest) return {"virtualisation", grade::fine, "none"};
  const std::string vendor = read(root + "/sys/class/dmi/id/sys_vendor");
  return {"virtualisation", grade::note, "a guest" + (vendor.empty() ? "" : " of " + vendor), "waking a sleeper goes through the hypervisor: several times as dear as on bare metal",
          "where wakes dominate ('ringcall stat'), poll longer: ringcall tune NAME --server-spin 200us --client-spin 200us"};
}

}  // namespace

std::vector<finding> check_processor(const std::string& root) {
  const int count = usable_cores();
  std::vector<finding> all{cores(count), load(root, count)};
  for (finding& f : cpu_limit(root)) all.push_back(std::move(f));
  all.push_back(steal(root));
  all.push_back(virtualisation(root));
  all.push_back(governor(root));
  all.push_back(clocksource(root));
  return all;
}

}  // namespace ringcall::tool
