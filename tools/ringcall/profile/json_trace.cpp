#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <numeric>

#include "profile/documents.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

std::string quoted(const std::string& text) { return nlohmann::json(clean(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

// A moment or a length, in microseconds. A quarter of a nanosecond more, as Perfetto multiplies by 1000 in floating point and cuts or rounds: so each reader gets whole
// nanoseconds, and slices stay within each other.
std::string stamp(std::uint64_t nanoseconds) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%llu.%03llu25", static_cast<unsigned long long>(nanoseconds / 1000), static_cast<unsigned long long>(nanoseconds % 1000));
  return text.data();
}
// Lanes of one track: what overlaps goes to different ones.
class lanes {
 public:
  std::size_t take(std::uint64_t from, std::uint64_t to) {
    for (std::size_t i = 0; i < busy_until_.size(); ++i) {
      if (busy_until_[i] <= from) return busy_until_[i] = std::max(to, from + 1), i;
    }
    busy_until_.push_back(std::max(to, from + 1));
    return busy_until_.size() - 1;
  }

 private:
  std::vector<std::uint64_t> busy_until_;
};

std::string server_track(const call& c) { return "loop " + std::to_string(c.loop) + (c.flags & RINGCALL_SAMPLE_WORKER ? " workers" : ""); }

// By call. In the order of their taking, so that there are as few lanes as can be.
std::vector<std::size_t> lanes_at_server(const std::vector<call>& calls) {
  std::vector<std::size_t> order(calls.size()), lane(calls.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return calls[a].taken < calls[b].taken; });
  std::map<std::string, lanes> tracks;
  for (const std::size_t i : order) lane[i] = tracks[server_track(calls[i])].take(calls[i].taken, calls[i].answered);
  return lane;
}

struct event {
  std::uint64_t at;
  int order; // of events of one moment: outer slices begin first, arrows come after the slices that they touch
  std::string text;
};

class trace {
 public:
  explicit trace(const recording& of) : of_(of) {}

  // server_lane: among those that overlap with it at the server.
  void add(const call& c, std::size_t server_lane) {
    const std::string name = quoted(of_.methods[c.method].name);
    const stage_times times = c.stages();
    const bool rung = (c.flags & RINGCALL_SAMPLE_SERVER_RUNG) != 0, client_rung = (c.flags & RINGCALL_SAMPLE_CLIENT_RUNG) != 0;
    const std::string caller = place_of("channel " + std::to_string(c.channel), client_of(c.channel), client_lanes_[c.channel].take(c.posted, c.observed));
    const std::string callee = place_of(server_track(c), server_process(), server_lane);
    const std::string args = ",\"args\":{\"status\":" + quoted(name_of_status(c.status)) + ",\"records\":" + std::to_string(c.records) + ",\"channel\":" +
        std::to_string(c.channel) +
                             ",\"queue_ns\":" + std::to_string(times[RINGCALL_STAGE_QUEUE] + times[RINGCALL_STAGE_SERVER_WAKE]) + ",\"handler_ns\":" +
                                 std::to_string(times[RINGCALL_STAGE_HANDLER]) +
                             ",\"response_ns\":" + std::to_string(times[RINGCALL_STAGE_RESPONSE] + times[RINGCALL_STAGE_CLIENT_WAKE]) + "}";
    slice(0, name, "call", c.posted, c.observed, caller, args);
    // A stage of no length would lie behind the call's end.
    slice(1, quoted(rung ? "server wake" : "queue"), "stage", c.posted, c.taken, caller, "");
    slice(1, "\"handler\"", "stage", c.taken, c.answered, caller, "");
    slice(1, quoted(client_rung ? "client wake" : "response"), "stage", c.answered, c.observed, caller, "");
    slice(0, name, "handler", c.taken, c.answered, callee, args);
    arrow("request", c.posted, caller, c.taken, callee);
    arrow("answer", std::max(c.taken, c.answered - (c.answered > 0)), callee, c.answered, caller);
  }

  std::string text() {
    std::stable_sort(events_.begin(), events_.end(), [](const event& a, const event& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; });
    std::string out = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"server\":" + quoted(of_.server.name) + ",\"recorded\":" + quoted(date(of_.started_realtime)) +
        "},\n\"traceEvents\":[\n";
    std::string separator;
    for (const std::string& m : metadata_) out += separator + m, separator = ",\n";
    for (const event& e : events_) out += separator + e.text, separator = ",\n";
    return out + "\n]}\n";
  }

 private:
  void slice(int order, const std::string& name, const char* category, std::uint64_t from, std::uint64_t to, const std::string& where, const std::string& args) {
    if (order > 0 && from == to) return;
    events_.push_back({from, order, "{\"ph\":\"X\",\"name\":" + name + ",\"cat\":\"" + category + "\"," + where + ",\"ts\":" + stamp(from) + ",\"dur\":" +
        stamp(to - from) + args + "}"});
  }
  void arrow(const char* name, std::uint64_t from, const std::string& out_of, std::uint64_t to, const std::string& into) {
    const std::string id = std::to_string(++arrows_);
    events_.push_back({from, 2, "{\"ph\":\"s\",\"name\":\"" + std::string(name) + "\",\"cat\":\"flow\",\"id\":" + id + "," + out_of + ",\"ts\":" + stamp(from) + "}"});
    events_.push_back({to, 3, "{\"ph\":\"f\",\"bp\":\"e\",\"name\":\"" + std::string(name) + "\",\"cat\":\"flow\",\"id\":" + id + "," + into + ",\"ts\":" +
        stamp(to) + "}"});
  }

  // Processes and threads are numbered as they come, each number once in the whole file; what they are is in their names.
  int process(const std::string& key, const std::string& name, int sort) {
    const auto [found, is_new] = processes_.try_emplace(key, static_cast<int>(processes_.size()) + 1);
    if (is_new) {
      const std::string pid = std::to_string(found->second);
      metadata_.push_back("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":" + pid + ",\"args\":{\"name\":" + quoted(name) + "}}");
      metadata_.push_back("{\"ph\":\"M\",\"name\":\"process_sort_index\",\"pid\":" + pid + ",\"args\":{\"sort_index\":" + std::to_string(sort) + "}}");
    }
    return found->second;
  }
  int server_process() { return process("server", "C++ server " + of_.server.name + ", pid " + std::to_string(of_.server.pid), 1); }
  int client_of(std::uint32_t id) {
    for (const channel& c : of_.channels) {
      if (c.id == id) return process(std::to_string(c.pid), "Go client " + (c.process.empty() ? "" : clean(c.process) + ", ") + "pid " + std::to_string(c.pid), 0);
    }
    return process("?", "Go clients that left", 0);
  }
  std::string place_of(const std::string& track, int pid, std::size_t lane) {
    const std::string name = track + (lane == 0 ? "" : ", lane " + std::to_string(lane + 1));
    const auto [found, is_new] = threads_.try_emplace(std::to_string(pid) + ":" + name, 1000 + static_cast<int>(threads_.size()));
    const std::string where = "\"pid\":" + std::to_string(pid) + ",\"tid\":" + std::to_string(found->second);
    if (is_new) {
      metadata_.push_back("{\"ph\":\"M\",\"name\":\"thread_name\"," + where + ",\"args\":{\"name\":" + quoted(name) + "}}");
      metadata_.push_back("{\"ph\":\"M\",\"name\":\"thread_sort_index\"," + where + ",\"args\":{\"sort_index\":" + std::to_string(lane) + "}}");
    }
    return where;
  }

  const recording& of_;
  std::map<std::string, int> processes_, threads_;
  std::map<std::uint32_t, lanes> client_lanes_;
  std::vector<std::string> metadata_;
  std::vector<event> events_;
  std::uint64_t arrows_ = 0;
};


// Evenly thinned, and the slowest all the same, in order of posted.
std::vector<call> chosen(const recording& of) {
  std::vector<call> calls;
  const std::size_t step = std::max<std::size_t>(1, (of.calls.size() + calls_in_trace - 1) / calls_in_trace);
  for (std::size_t i = 0; i < of.calls.size(); i += step) calls.push_back(of.calls[i]);
  calls.insert(calls.end(), of.slowest.begin(), of.slowest.end());
  const auto key = [](const call& c) { return std::array<std::uint64_t, 5>{c.posted, c.channel, c.observed, c.method, c.taken}; };
  std::stable_sort(calls.begin(), calls.end(), [&](const call& a, const call& b) { return key(a) < key(b); });
  calls.erase(std::unique(calls.begin(), calls.end(), [&](const call& a, const call& b) { return key(a) == key(b); }), calls.end());
  std::erase_if(calls, [&](const call& c) { return c.method >= of.methods.size() || c.posted > c.taken || c.taken > c.answered || c.answered > c.observed; });
  return calls;
}

}  // namespace

std::string json_trace(const recording& of) {
  trace t(of);
  const std::vector<call> calls = chosen(of);
  const std::vector<std::size_t> lane = lanes_at_server(calls);
  for (std::size_t i = 0; i < calls.size(); ++i) t.add(calls[i], lane[i]);
  return t.text();
}

}  // namespace ringcall::profile
