// ringcall replay: a recording played to a server, its answers compared with those of then.

#include "commands.hpp"
#include "compare.hpp"
#include "bench_report.hpp"
#include "interrupt.hpp"
#include "open_client.hpp"
#include "player.hpp"
#include "show_frame.hpp"

#include "observe/histogram.hpp"
#include "observe/server.hpp"
#include "print/output.hpp"
#include "print/table.hpp"
#include "print/units.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace ringcall::tool {
namespace {

using namespace load;

constexpr std::size_t differences_shown = 5;
constexpr double speed_max = 1e6;

struct outcome {
  method what;
  bool ignored = false; // its answers may differ
  std::uint64_t calls = 0;
  std::uint64_t differ = 0;
  observe::histogram then, now; // nanoseconds: in the server then; from the post to the answer now
};

class replay {
 public:
  replay(const replay_options& o, const recording& r, client& c, const observe::stats_view& server)
      : options_(o), recording_(r), client_(c), batches_only_(batches_only_of(server)), recorded_(described_by_recording()), served_(description::parse(c.description())) {
    choose();
    check_interface();
  }

  void run() {
    player play(client_, recording_, chosen_, {options_.speed, options_.inflight, batches_only_});
    try {
      play.run([this](std::size_t number, const answer& a, std::uint64_t latency) { compare(number, a, latency); });
    } catch (const server_gone& e) {
      error_ = e.what();
    } catch (const broken_rule& e) {
      error_ = e.what();
    }
    answered_ = play.answered();
    latest_ns_ = play.latest_ns();
    elapsed_ns_ = play.elapsed_ns();
    if (error_.empty() && answered_ != chosen_.size()) error_ = "interrupted";
  }

  bool is_same() const noexcept { return differ_ == 0; }
  const std::string& error() const noexcept { return error_; }
  std::string text() const;
  json as_json() const;

 private:
  static std::map<std::uint16_t, record_sizes> batches_only_of(const observe::stats_view& server) {
    std::map<std::uint16_t, record_sizes> found;
    for (const observe::method_info& m : server.methods()) {
      if (m.batches_only) found[m.id] = {static_cast<std::uint16_t>(m.request_size), static_cast<std::uint16_t>(m.answer_size)}; // a batch's records are no larger
    }
    return found;
  }

  description described_by_recording() const {
    try {
      return description::parse(recording_.description);
    } catch (const bad_description& e) {
      throw bad_recording(std::string("the description in the recording cannot be read: ") + e.what());
    }
  }

  std::set<std::uint16_t> numbers_of(const std::vector<std::string>& names) const {
    std::set<std::uint16_t> numbers;
    try {
      for (const std::string& name : names) numbers.insert(recorded_.find(name).id);
    } catch (const std::invalid_argument& e) {
      throw misuse(std::string("in the recording ") + e.what());
    }
    return numbers;
  }

  void choose() {
    const auto wanted = numbers_of(options_.methods), ignored = numbers_of(options_.ignore);
    for (std::size_t i = 0; i < recording_.calls.size(); ++i) {
      const std::uint16_t id = recording_.calls[i].method;
      if (!wanted.empty() && !wanted.contains(id)) continue;
      chosen_.push_back(i);
      outcome& of = outcomes_.try_emplace(id, outcome{recorded_.find(id), ignored.contains(id), 0, 0, {}, {}}).first->second;
      of.then.add(recording_.calls[i].answered - recording_.calls[i].taken);
    }
    if (chosen_.empty()) throw std::runtime_error(recording_.calls.empty() ? "the recording holds no calls" : "the recording holds no calls of these methods");
  }

  void check_interface() const {
    for (const auto& [id, of] : outcomes_) {
      const std::string difference = interface_difference(of.what, served_.find(id));
      if (!difference.empty()) throw std::runtime_error("the server has another interface than the recording: " + difference + "; --methods chooses those that fit");
    }
  }

  void compare(std::size_t number, const answer& a, std::uint64_t latency) {
    const recorded_call& then = recording_.calls[number];
    const now_answered now{a.status, a.detail, a.bytes};
    outcome& of = outcomes_.at(then.method);
    ++of.calls;
    of.now.add(latency);
    if (load::is_same(of.what, then, now)) return;
    ++of.differ;
    if (of.ignored) return;
    ++differ_;
    if (differences_.size() < differences_shown) differences_.push_back(show_difference(of.what, then, now));
  }

  const replay_options& options_;
  const recording& recording_;
  client& client_;
  std::map<std::uint16_t, record_sizes> batches_only_;
  description recorded_;
  description served_;
  std::vector<std::size_t> chosen_;
  std::map<std::uint16_t, outcome> outcomes_; // by number
  std::uint64_t differ_ = 0;
  std::vector<std::string> differences_; // the first
  std::string error_;
  std::size_t answered_ = 0;
  std::uint64_t latest_ns_ = 0;
  std::uint64_t elapsed_ns_ = 0;
};

std::string latencies_of(const observe::histogram& h) {
  return h.count == 0 ? "-" : duration_text(h.quantile(0.5)) + " / " + duration_text(h.quantile(0.99)) + " / " + duration_text(h.max);
}

std::string replay::text() const {
  using side = table::side;
  std::string text = count_text(answered_) + " of " + count_text(chosen_.size()) + " calls played ";
  text += options_.speed == 0 ? "as fast as the answers came, " + count_text(options_.inflight) + " in flight" : "at " + short_count_text(options_.speed) + " x";
  text += ", in " + duration_text(elapsed_ns_) + "\n";
  if (options_.speed != 0) text += "the latest call was posted " + duration_text(latest_ns_) + " after its time\n";
  if (recording_.dropped != 0) text += count_text(recording_.dropped) + " calls of then are missing in the recording: what depends on them may differ\n";
  table t({{"method", side::left}, {"calls"}, {"differ"}, {"then, in the server: p50 / p99 / max"}, {"now, to its answer: p50 / p99 / max"}});
  for (const auto& [id, of] : outcomes_) t.add({of.what.name + (of.ignored ? " (ignored)" : ""), count_text(of.calls), count_text(of.differ), latencies_of(of.then), latencies_of(of.now)});
  text += "\n" + t.text() + "\n";
  for (const std::string& difference : differences_) text += difference;
  if (differ_ > differences_.size()) text += "and " + count_text(differ_ - differences_.size()) + " more differences\n";
  if (differ_ == 0) text += "all answers are those of then\n";
  return text;
}

json replay::as_json() const {
  json methods = json::array();
  for (const auto& [id, of] : outcomes_) {
    methods.push_back({{"name", of.what.name}, {"id", id}, {"calls", of.calls}, {"differ", of.differ}, {"ignored", of.ignored}, {"then_in_server_ns", load::json_of(of.then)}, {"now_to_answer_ns", load::json_of(of.now)}});
  }
  json value{{"file", options_.file}, {"server", options_.name}, {"speed", options_.speed}, {"seconds", static_cast<double>(elapsed_ns_) / 1e9}, {"calls", chosen_.size()},
             {"answered", answered_}, {"differ", differ_}, {"dropped", recording_.dropped}, {"latest_ns", latest_ns_}, {"methods", methods}, {"first_differences", differences_}};
  if (!error_.empty()) value["error"] = error_;
  return value;
}

}  // namespace

int run_replay(const replay_options& o) {
  if (o.speed < 0 || o.speed > speed_max) throw misuse("--speed takes up to " + short_count_text(speed_max) + ", or max");
  if (o.inflight == 0) throw misuse("--inflight takes 1 or more");
  const recording r = recording::load(o.file);
  const auto c = open_client(o.name);
  const observe::server server(o.name);
  replay p(o, r, *c, server.stats());
  catch_interrupts();
  p.run();
  o.json ? put_json(p.as_json()) : put(p.text());
  if (!p.error().empty()) throw std::runtime_error(p.error());
  return p.is_same() ? 0 : 1;
}

}  // namespace ringcall::tool
