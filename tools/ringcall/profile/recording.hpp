// What `ringcall profile` recorded, as plain values: all documents are made from this alone. The server wrote the numbers, so any of them may be
// absurd; the documents must come out well-formed all the same. Times are nanoseconds; a moment counts from the recording's start.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "observe/snapshot.hpp"

namespace ringcall::profile {

// The stages of one call in their order in time: no total among them.
constexpr std::array<std::size_t, 5> stages_in_time{RINGCALL_STAGE_QUEUE, RINGCALL_STAGE_SERVER_WAKE, RINGCALL_STAGE_HANDLER, RINGCALL_STAGE_RESPONSE,
                                                    RINGCALL_STAGE_CLIENT_WAKE};
const char* name_of_stage(std::size_t stage); // "queue"; "total" too
const char* name_of_status(std::size_t status);

using stage_times = std::array<std::uint64_t, RINGCALL_STAGES>;

// A sampled call: posted <= taken <= answered <= observed; whoever makes one sees to that.
struct call {
  std::uint64_t posted = 0;
  std::uint64_t taken = 0;
  std::uint64_t answered = 0;
  std::uint64_t observed = 0;
  std::uint32_t channel = 0;
  std::uint32_t records = 1;
  std::uint32_t flags = 0; // RINGCALL_SAMPLE_*
  std::uint32_t loop = 0;
  std::uint16_t method = 0; // index into the recording's
  std::uint16_t status = 0;

  std::uint64_t total() const { return observed - posted; }
  stage_times stages() const;
};

struct method {
  std::string name;
  std::uint16_t id = 0;
  bool on_worker = false;
  bool is_unknown = false; // the entry of requests for methods that are not there
  bool oneway = false;     // nobody waits: its response and client wake end when the client happens to look
  observe::method_counts counts;

  const observe::histogram& total() const { return counts.stages[RINGCALL_STAGE_TOTAL]; }
};

struct loop {
  ringcall_loop_stats counts{}; // what came in the recording; a longest_turn of 0: none longer than before it
  std::optional<std::uint64_t> longest_turn_end; // the moment, if within the recording
};

struct channel {
  std::uint32_t id = 0;
  std::int32_t pid = 0;
  std::string process; // its name, as far as known
  std::uint32_t loop = 0;
  ringcall_server_counters server{};
  ringcall_client_counters client{};
  bool ended = false; // it was gone at the recording's end
};

struct bucket_count {
  std::uint32_t bucket;
  std::uint64_t count;
};

// A piece of the recording, about as long as the others.
struct slice {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t calls = 0;
  std::vector<std::vector<bucket_count>> totals; // by method
};

// A loop did not look at its clock, though it did not sleep; or the process was seen to be stopped, in which case it may have slept.
struct stillness {
  std::uint32_t loop = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool stopped = false;
};

struct server_facts {
  std::string name;  // what the user called it
  std::string label; // what it calls itself
  std::int32_t pid = 0;
  std::uint64_t epoch = 0;
  std::uint32_t clock_kind = 0;
  std::uint32_t slots = 0;
  std::uint32_t workers = 0;
  std::uint64_t running = 0; // since it began, at the recording's start
  std::uint64_t sample_asked = 0;
  observe::policy policy; // at the end
};

struct host_facts {
  std::string name;
  std::string processor;
  std::string kernel;
  unsigned processors = 0;
  double load = 0; // average of the last minute of the recording: how many wanted a processor; 0: unknown
};

enum class ending { complete, interrupted, server_ended };

struct recording {
  server_facts server;
  host_facts host;
  std::uint64_t started_realtime = 0; // nanoseconds since 1970
  std::uint64_t asked = 0;
  std::uint64_t length = 0;
  ending end = ending::complete;
  std::string filter; // only methods whose name has this in it; empty: all
  std::uint64_t samples_missed = 0; // overwritten before they were read; the histograms have them
  std::vector<method> methods;
  std::vector<loop> loops;
  std::vector<channel> channels;
  std::vector<slice> slices;
  std::vector<stillness> still;
  std::vector<call> calls;   // evenly thinned, in order of posted
  std::vector<call> slowest; // of all, slowest first

  double seconds() const { return static_cast<double>(length) / 1e9; }
};

// How long the stages of calls about as slow as the quantile q of their method are, on average, by stage, and of how many; the total is their sum. Of
// none if no call of it was kept.
struct composition {
  std::array<double, RINGCALL_STAGES> stages{};
  std::size_t calls = 0;
  double share(std::size_t stage) const { return stages[RINGCALL_STAGE_TOTAL] > 0 ? stages[stage] / stages[RINGCALL_STAGE_TOTAL] : 0; }
};
// All quantiles of one method at once, as the calls must be sorted for it.
std::vector<composition> compositions(const recording& of, std::size_t method, const std::vector<double>& quantiles);
// The same of all its sampled calls, from the histograms.
composition mean_composition(const method& of);

// The methods that were called, the one that took most time first (sampled calls' mean times calls).
std::vector<std::size_t> methods_by_time(const recording& of);

std::uint64_t sum_of_calls(const recording& of);
std::uint64_t sum_of_sampled(const recording& of);

}  // namespace ringcall::profile
