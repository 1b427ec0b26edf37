#include "profile/html_tables.hpp"

#include <algorithm>

#include "profile/documents.hpp"
#include "profile/scale.hpp"
#include "profile/svg.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

// Rows of cells that are text; `left` says which columns are words.
class html_table {
 public:
  html_table(const std::vector<std::string>& titles, std::vector<std::size_t> left) : left_(std::move(left)) { row("th", titles); }
  void add(const std::vector<std::string>& cells) { row("td", cells); }
  // Cells already markup.
  void add_markup(const std::vector<std::string>& cells) { row_of_markup("td", cells); }
  std::string text() const { return "<div class=\"wide\"><table>\n" + rows_ + "</table></div>\n"; }

 private:
  void row(const char* cell, std::vector<std::string> cells) {
    for (std::string& c : cells) c = escape_xml(c);
    row_of_markup(cell, cells);
  }
  void row_of_markup(const std::string& cell, const std::vector<std::string>& cells) {
    rows_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool words = std::find(left_.begin(), left_.end(), i) != left_.end();
      rows_ += "<" + cell + (words ? " class=\"left\">" : ">") + cells[i] + "</" + cell + ">";
    }
    rows_ += "</tr>\n";
  }

  std::vector<std::size_t> left_;
  std::string rows_;
};

std::string and_more(std::size_t all, std::size_t shown) { return all > shown ? "<p class=\"note\">and " + count_text(all - shown) + " more, in data.json</p>\n" : ""; }

std::string time(std::uint64_t nanoseconds) { return duration(static_cast<double>(nanoseconds)); }

std::string by(std::uint64_t part, std::uint64_t all) { return all == 0 ? "-" : number(static_cast<double>(part) / static_cast<double>(all)); }

// A call's stages beside each other, on the scale of the longest.
std::string bar_of(const call& c, std::uint64_t longest) {
  const stage_times times = c.stages();
  return svg({160, 10}, "stages", [&](canvas& on) {
    const linear_scale x{0, static_cast<double>(std::max<std::uint64_t>(longest, 1)), 0, 160};
    double before = 0;
    for (const std::size_t s : stages_in_time) {
      if (times[s] == 0) continue;
      const auto t = static_cast<double>(times[s]);
      on.fill(stage_ink(s), {x.at(before), 0, x.at(before + t) - x.at(before), 10}, std::string(name_of_stage(s)) + " " + duration(t));
      before += t;
    }
  });
}

std::string times_cell(std::uint64_t nanoseconds, bool rung) { return rung ? time(nanoseconds) + " woken" : time(nanoseconds); }

}  // namespace

std::string slowest_table(const recording& of) {
  html_table table({"method", "posted at", "total", "", "queue", "handler", "response", "channel", "loop", "records", "answer"}, {0, 3, 10});
  const std::uint64_t longest = of.slowest.empty() ? 1 : of.slowest.front().total();
  for (std::size_t i = 0; i < std::min(of.slowest.size(), slowest_in_tables); ++i) {
    const call& c = of.slowest[i];
    std::string bar = bar_of(c, longest);
    bar.insert(bar.find("<svg") + 4, " class=\"bar\"");
    const std::string name = c.method < of.methods.size() ? of.methods[c.method].name : "?";
    table.add_markup({escape_xml(shortened(clean(name), 48)), time(c.posted), time(c.total()), bar,
                      times_cell(c.taken - c.posted, c.flags & RINGCALL_SAMPLE_SERVER_RUNG), time(c.answered - c.taken),
                      times_cell(c.observed - c.answered, c.flags & RINGCALL_SAMPLE_CLIENT_RUNG), std::to_string(c.channel),
                      std::to_string(c.loop) + (c.flags & RINGCALL_SAMPLE_WORKER ? ", worker" : ""), count_text(c.records), name_of_status(c.status)});
  }
  return table.text();
}

std::string methods_table(const recording& of, const std::vector<std::size_t>& methods) {
  html_table table({"method", "calls", "rate", "not ok", "sampled", "mean", "p50", "p90", "p99", "p99.9", "max", "runs on"}, {0, 11});
  for (std::size_t i = 0; i < std::min(methods.size(), methods_in_tables); ++i) {
    const method& m = of.methods[methods[i]];
    const observe::histogram& t = m.total();
    const auto quantile = [&](double q) { return t.count == 0 ? "-" : time(t.quantile(q)); };
    table.add({shortened(clean(m.name), 60), count_text(m.counts.calls), of.length == 0 ? "-" : rate_text(static_cast<double>(m.counts.calls) / of.seconds()),
        count_text(m.counts.not_ok()), count_text(t.count), t.count == 0 ? "-" : duration(t.mean()),
               quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999), t.count == 0 ? "-" : time(t.max), m.on_worker ? "worker" : "loop"});
  }
  return table.text() + and_more(methods.size(), methods_in_tables);
}

std::string stages_table(const recording& of, const std::vector<std::size_t>& methods) {
  html_table table({"method", "stage", "calls", "mean", "p50", "p90", "p99", "p99.9", "max", "share of the mean"}, {0, 1});
  for (std::size_t i = 0; i < std::min(methods.size(), methods_in_tables); ++i) {
    const method& m = of.methods[methods[i]];
    const composition mean = mean_composition(m);
    for (std::size_t s = 0; s < RINGCALL_STAGES; ++s) {
      const observe::histogram& h = m.counts.stages[s];
      if (h.count == 0) continue;
      table.add({s == RINGCALL_STAGE_TOTAL ? shortened(clean(m.name), 48) : "", name_of_stage(s), count_text(h.count), duration(h.mean()), time(h.quantile(0.5)),
          time(h.quantile(0.9)), time(h.quantile(0.99)), time(h.quantile(0.999)), time(h.max),
                 percent(mean.share(s))});
    }
  }
  return table.text() + and_more(methods.size(), methods_in_tables);
}

std::string loops_table(const recording& of) {
  html_table table({"loop", "calls", "calls a run", "bells rung", "bells saved", "sleeps", "longest turn", "until", "clients came", "left", "broke rules",
      "answers that waited"}, {});
  for (std::size_t i = 0; i < of.loops.size(); ++i) {
    const loop& l = of.loops[i];
    const ringcall_loop_stats& c = l.counts;
    table.add({std::to_string(i), count_text(c.calls), by(c.calls, c.runs), count_text(c.bells_rung), count_text(c.bells_saved), count_text(c.sleeps),
        l.longest_turn_end ? time(c.longest_turn) : "no new one", l.longest_turn_end ? time(*l.longest_turn_end) : "-", count_text(c.attached),
               count_text(c.left), count_text(c.poisoned), count_text(c.waited_answers)});
  }
  return table.text();
}

std::string channels_table(const recording& of) {
  html_table table({"channel", "client", "loop", "calls", "calls a run", "client slept", "bells to server", "bells to client", "ring full", "arena full",
      "cancelled", "late"}, {1});
  for (std::size_t i = 0; i < std::min(of.channels.size(), channels_in_tables); ++i) {
    const channel& c = of.channels[i];
    table.add({std::to_string(c.id), std::to_string(c.pid) + " " + clean(c.process) + (c.ended ? " (left)" : ""), std::to_string(c.loop),
        count_text(c.server.calls), by(c.server.calls, c.server.runs), count_text(c.client.sleeps), count_text(c.client.bells_rung),
               count_text(c.server.bells_rung), count_text(c.client.ring_waits), count_text(c.client.arena_waits), count_text(c.client.cancelled),
                   count_text(c.client.late_answers)});
  }
  return table.text() + and_more(of.channels.size(), channels_in_tables);
}

}  // namespace ringcall::profile
