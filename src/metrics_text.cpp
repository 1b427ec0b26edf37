#include "metrics_text.hpp"

#include "histogram.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace ringcall {
namespace {

struct bound {
  const char* le; // seconds, as it is written
  std::uint64_t ns;
};
constexpr bound bounds[] = {{"2.5e-07", 250},         {"5e-07", 500},           {"1e-06", 1'000},         {"2.5e-06", 2'500},       {"5e-06", 5'000},
                            {"1e-05", 10'000},        {"2.5e-05", 25'000},      {"5e-05", 50'000},        {"0.0001", 100'000},      {"0.00025", 250'000},
                            {"0.0005", 500'000},      {"0.001", 1'000'000},     {"0.0025", 2'500'000},    {"0.005", 5'000'000},     {"0.01", 10'000'000},
                            {"0.025", 25'000'000},    {"0.05", 50'000'000},     {"0.1", 100'000'000},     {"0.25", 250'000'000},    {"0.5", 500'000'000},
                            {"1", 1'000'000'000},     {"2.5", 2'500'000'000},   {"5", 5'000'000'000},     {"10", 10'000'000'000}};

constexpr const char* stage_names[RINGCALL_STAGES] = {"total", "queue", "server_wake", "handler", "response", "client_wake"};
constexpr const char* status_names[] = {"ok", "unknown_method", "expired", "failed", "no_room", "too_large", "bad_request", "batch_failed"};

class writer {
 public:
  void family(const char* name, const char* type, const char* help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  // labels: as they are between the braces; empty: none.
  void value(std::string_view labels, std::uint64_t value, const char* suffix = "") { put(labels, suffix, std::to_string(value)); }
  void seconds(std::string_view labels, std::uint64_t ns, const char* suffix = "") {
    char text[32];
    std::snprintf(text, sizeof text, "%llu.%09llu", static_cast<unsigned long long>(ns / 1'000'000'000), static_cast<unsigned long long>(ns % 1'000'000'000));
    put(labels, suffix, text);
  }
  std::string take() { return std::move(text_); }

 private:
  void put(std::string_view labels, const char* suffix, std::string_view value) {
    text_.append(name_).append(suffix);
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(value).append("\n");
  }

  const char* name_ = "";
  std::string text_;
};

std::string label(const char* name, std::string_view value) {
  std::string text = std::string(name) + "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text += '"';
}

std::string method_label(const stats_reader& s, std::uint32_t i) {
  const ringcall_method_info& m = s.method(i);
  return label("method", {m.name, strnlen(m.name, sizeof m.name)});
}

void write_histogram(writer& w, const std::string& labels, const merged_histogram& h) {
  std::uint64_t below = 0;
  std::uint32_t bucket = 0;
  for (const bound& b : bounds) {
    for (; bucket + 1 < h.buckets.size() && histogram::upper(bucket) <= b.ns; ++bucket) below += h.buckets[bucket];
    w.value(labels + ",le=\"" + b.le + "\"", below, "_bucket");
  }
  w.value(labels + ",le=\"+Inf\"", h.count, "_bucket");
  w.seconds(labels, h.sum, "_sum");
  w.value(labels, h.count, "_count");
}

using method_counter = std::uint64_t ringcall_method_stats::*;

void write_methods(writer& w, const stats_reader& s) {
  const std::uint32_t methods = s.header().method_count;
  const auto each = [&](const char* name, const char* help, method_counter counter) {
    w.family(name, "counter", help);
    for (std::uint32_t i = 0; i < methods; ++i) w.value(method_label(s, i), s.sum(i, [counter](const auto& m) -> const std::uint64_t& { return m.*counter; }));
  };
  each("ringcall_calls_total", "Calls taken; a batch counts once.", &ringcall_method_stats::calls);
  each("ringcall_batch_records_total", "Records inside batches and frames.", &ringcall_method_stats::batch_records);
  each("ringcall_worker_calls_total", "Calls that ran on a worker.", &ringcall_method_stats::worker_calls);
  each("ringcall_sampled_calls_total", "Calls whose stages were measured.", &ringcall_method_stats::sampled);
  w.family("ringcall_failures_total", "counter", "Calls answered with another status than ok.");
  for (std::uint32_t i = 0; i < methods; ++i) {
    for (std::size_t status = RINGCALL_OK + 1; status < std::size(status_names); ++status) {
      const std::uint64_t n = s.sum(i, [status](const auto& m) -> const std::uint64_t& { return m.statuses[status]; });
      w.value(method_label(s, i) + ",status=\"" + status_names[status] + "\"", n);
    }
  }
  w.family("ringcall_stage_seconds", "histogram", "Where the time of sampled calls went; a value less than 3.2 % below a bound may count as above it.");
  for (std::uint32_t i = 0; i < methods; ++i) {
    for (std::uint32_t stage = 0; stage < RINGCALL_STAGES; ++stage) {
      const merged_histogram h = s.merged(i, stage);
      if (h.count != 0) write_histogram(w, method_label(s, i) + ",stage=\"" + stage_names[stage] + "\"", h);
    }
  }
}

using loop_counter = std::uint64_t ringcall_loop_stats::*;

void write_loops(writer& w, const stats_reader& s) {
  const auto each = [&](const char* name, const char* type, const char* help, loop_counter counter) {
    w.family(name, type, help);
    for (std::uint32_t l = 0; l < s.header().loop_count; ++l) w.value("loop=\"" + std::to_string(l) + "\"", recent(s.loop(l).*counter));
  };
  each("ringcall_loop_runs_total", "counter", "Runs of records taken.", &ringcall_loop_stats::runs);
  each("ringcall_loop_turns_total", "counter", "Looks at the clock, about 8 polls each.", &ringcall_loop_stats::turns);
  each("ringcall_loop_sleeps_total", "counter", "Times that the loop slept.", &ringcall_loop_stats::sleeps);
  each("ringcall_loop_bells_rung_total", "counter", "Bytes sent to wake a client.", &ringcall_loop_stats::bells_rung);
  each("ringcall_loop_bells_saved_total", "counter", "Answers published to a client that was awake.", &ringcall_loop_stats::bells_saved);
  each("ringcall_loop_waited_answers_total", "counter", "Answers that waited for arena room.", &ringcall_loop_stats::waited_answers);
  each("ringcall_loop_attached_total", "counter", "Channels so far.", &ringcall_loop_stats::attached);
  each("ringcall_loop_left_total", "counter", "Channels that have ended.", &ringcall_loop_stats::left);
  each("ringcall_loop_poisoned_total", "counter", "Channels ended since their client broke a rule.", &ringcall_loop_stats::poisoned);
  w.family("ringcall_loop_longest_turn_seconds", "gauge", "The longest time in which the loop looked at no other channel.");
  for (std::uint32_t l = 0; l < s.header().loop_count; ++l) w.seconds("loop=\"" + std::to_string(l) + "\"", recent(s.loop(l).longest_turn));
}

void write_server(writer& w, const stats_reader& s) {
  const ringcall_stats_header& h = s.header();
  const auto one = [&](const char* name, const char* type, const char* help, std::uint64_t value) {
    w.family(name, type, help);
    w.value("", value);
  };
  w.family("ringcall_server_info", "gauge", "Always 1; its labels tell the server.");
  char epoch[17]; // as logs, dumps and the tool write it, for joining
  std::snprintf(epoch, sizeof epoch, "%016llx", static_cast<unsigned long long>(h.epoch));
  w.value(label("name", {h.name, strnlen(h.name, sizeof h.name)}) + "," + label("epoch", epoch), 1);
  w.family("ringcall_server_start_time_seconds", "gauge", "When the server started, in seconds since 1970.");
  w.seconds("", h.started_realtime);
  std::uint64_t channels = 0;
  for (std::uint32_t l = 0; l < h.loop_count; ++l) {
    const std::uint64_t left = recent(s.loop(l).left); // first: what has left was attached
    channels += recent(s.loop(l).attached) - left;
  }
  one("ringcall_channels", "gauge", "Clients that are attached.", channels);
  one("ringcall_observers", "gauge", "Observers that are connected.", recent(h.observers));
  one("ringcall_attaches_refused_total", "counter", "Clients that were refused.", recent(h.refused));
  one("ringcall_sample_every", "gauge", "One call in so many is sampled; 0: none.", recent(h.sample_every));
}

}  // namespace

std::string metrics_text(const stats_reader& stats) {
  writer w;
  write_server(w, stats);
  write_methods(w, stats);
  write_loops(w, stats);
  return w.take();
}

}  // namespace ringcall
