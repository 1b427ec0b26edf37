#include <algorithm>
#include <cstdio>

#include "profile/documents.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

constexpr std::size_t width = 110, bar_width = 50;

std::string left(std::string_view words, std::size_t wide) {
  const std::string text = shortened(words, wide);
  return text + std::string(wide - std::min(wide, columns(text)), ' ');
}
std::string right(std::string_view words, std::size_t wide) { return std::string(wide - std::min(wide, columns(words)), ' ') + std::string(words); }

// At most so many columns, broken at spaces, each further line indented.
std::string wrapped(const std::string& words, std::size_t indent) {
  std::string out;
  std::size_t column = indent, at = 0;
  while (at < words.size()) {
    std::size_t end = std::min(words.find(' ', at), words.size());
    const std::string word = words.substr(at, end - at);
    if (column > indent && column + 1 + columns(word) > width) out += "\n" + std::string(indent, ' '), column = indent;
    else if (column > indent) out += ' ', ++column;
    out += word;
    column += columns(word);
    at = end + 1;
  }
  return out;
}

char letter_of(std::size_t stage) {
  static constexpr char letters[] = {'?', 'q', 'w', 'h', 'r', 'c'};
  return letters[stage];
}

// Each stage as so many of its letters as its share is.
std::string bar(const composition& c, double of_longest) {
  std::string out;
  double before = 0;
  for (const std::size_t stage : stages_in_time) {
    before += c.share(stage) * of_longest * static_cast<double>(bar_width);
    while (static_cast<double>(out.size()) + 0.5 < before && out.size() < bar_width) out += letter_of(stage);
  }
  return out;
}

void waterfall_of(std::string& out, const recording& of, std::size_t index) {
  const method& m = of.methods[index];
  const auto near = compositions(of, index, {0.5, 0.99});
  const std::array<std::pair<const char*, composition>, 3> bars{{{"mean", mean_composition(m)}, {"p50", near[0]}, {"p99", near[1]}}};
  double longest = 0;
  for (const auto& [name, c] : bars) longest = std::max(longest, c.stages[RINGCALL_STAGE_TOTAL]);
  out += "\n  " + shortened(clean(m.name), width - 4) + "\n";
  for (const auto& [name, c] : bars) {
    const double total = c.stages[RINGCALL_STAGE_TOTAL];
    if (c.calls == 0 || total <= 0) continue;
    out += "    " + left(name, 6) + right(duration(total), 9) + "  " + left(bar(c, total / longest), bar_width) + " ";
    for (const std::size_t stage : stages_in_time) {
      if (c.share(stage) >= 0.005) out += " " + std::string(name_of_stage(stage)) + " " + percent(c.share(stage));
    }
    out += "\n";
  }
}

void methods_table(std::string& out, const recording& of, const std::vector<std::size_t>& methods) {
  out += "\nMETHODS\n  " + left("method", 34) + right("calls", 14) + right("rate", 10) + right("sampled", 10) + right("p50", 9) + right("p90", 9) + right("p99",
      9) + right("p99.9", 9) + right("max", 9) + "\n";
  for (std::size_t i = 0; i < std::min(methods.size(), methods_in_tables); ++i) {
    const method& m = of.methods[methods[i]];
    const observe::histogram& t = m.total();
    out += "  " + left(clean(m.name), 34) + right(count_text(m.counts.calls), 14) +
        right(of.length == 0 ? "" : rate_text(static_cast<double>(m.counts.calls) / of.seconds()), 10) + right(count_text(t.count), 10);
    for (const double q : {0.5, 0.9, 0.99, 0.999}) out += right(t.count == 0 ? "-" : duration(static_cast<double>(t.quantile(q))), 9);
    out += right(t.count == 0 ? "-" : duration(static_cast<double>(t.max)), 9) + "\n";
  }
  if (methods.size() > methods_in_tables) out += "  and " + count_text(methods.size() - methods_in_tables) + " more\n";
}

void slowest_table(std::string& out, const recording& of) {
  if (of.slowest.empty()) return;
  out += "\nSLOWEST SAMPLED CALLS (w: the server, c: the client had to be woken)\n  " + left("method", 30) + right("at", 9) + right("total", 9) + right("queue",
      11) + right("handler", 9) + right("response", 11) + "  channel  answer\n";
  for (std::size_t i = 0; i < std::min(of.slowest.size(), slowest_in_tables); ++i) {
    const call& c = of.slowest[i];
    const auto time = [](std::uint64_t ns, bool rung, const char* mark) { return duration(static_cast<double>(ns)) + (rung ? mark : "  "); };
    out += "  " + left(c.method < of.methods.size() ? clean(of.methods[c.method].name) : "?", 30) + right(duration(static_cast<double>(c.posted)), 9) +
        right(duration(static_cast<double>(c.total())), 9) +
           right(time(c.taken - c.posted, c.flags & RINGCALL_SAMPLE_SERVER_RUNG, " w"), 11) + right(duration(static_cast<double>(c.answered - c.taken)), 9) +
           right(time(c.observed - c.answered, c.flags & RINGCALL_SAMPLE_CLIENT_RUNG, " c"), 11) + right(std::to_string(c.channel), 9) + "  " +
               name_of_status(c.status) + "\n";
  }
}

void loops_table(std::string& out, const recording& of) {
  out += "\nLOOPS\n  " + left("loop", 6) + right("calls", 14) + right("calls/run", 11) + right("bells rung", 12) + right("saved", 12) + right("sleeps", 10) +
      "  longest turn\n";
  for (std::size_t i = 0; i < of.loops.size(); ++i) {
    const ringcall_loop_stats& c = of.loops[i].counts;
    const std::string turn = of.loops[i].longest_turn_end ? duration(static_cast<double>(c.longest_turn)) + ", until " +
        duration(static_cast<double>(*of.loops[i].longest_turn_end)) : "none longer than before";
    out += "  " + left(std::to_string(i), 6) + right(count_text(c.calls), 14) +
        right(c.runs == 0 ? "-" : number(static_cast<double>(c.calls) / static_cast<double>(c.runs)), 11) + right(count_text(c.bells_rung), 12) +
           right(count_text(c.bells_saved), 12) + right(count_text(c.sleeps), 10) + "  " + turn + "\n";
  }
}

void channels_table(std::string& out, const recording& of) {
  if (of.channels.empty()) return;
  out += "\nCHANNELS\n  " + left("channel", 9) + left("client", 26) + right("loop", 5) + right("calls", 14) + right("calls/run", 11) + right("sleeps", 10) +
      right("ring waits", 12) + right("arena waits", 13) + right("cancelled", 11) + "\n";
  for (std::size_t i = 0; i < std::min(of.channels.size(), channels_in_tables); ++i) {
    const channel& c = of.channels[i];
    out += "  " + left(std::to_string(c.id), 9) + left(std::to_string(c.pid) + " " + clean(c.process) + (c.ended ? " (left)" : ""), 26) +
        right(std::to_string(c.loop), 5) + right(count_text(c.server.calls), 14) +
           right(c.server.runs == 0 ? "-" : number(static_cast<double>(c.server.calls) / static_cast<double>(c.server.runs)), 11) +
               right(count_text(c.client.sleeps), 10) + right(count_text(c.client.ring_waits), 12) +
           right(count_text(c.client.arena_waits), 13) + right(count_text(c.client.cancelled), 11) + "\n";
  }
  if (of.channels.size() > channels_in_tables) out += "  and " + count_text(of.channels.size() - channels_in_tables) + " more\n";
}

}  // namespace

std::string text_report(const recording& of, const std::vector<finding>& findings) {
  std::string out = "ringcall profile of " + clean(of.server.name) + "\n\n";
  for (const fact& f : facts(of)) out += "  " + left(f.what, 10) + wrapped(f.value, 12) + "\n";
  out += "\nFINDINGS\n";
  for (const finding& f : findings) out += "  " + left(name_of(f.level), 8) + " " + wrapped(f.what + (f.advice.empty() ? "" : " " + f.advice), 11) + "\n";
  const std::vector<std::size_t> methods = methods_by_time(of);
  if (sum_of_sampled(of) > 0) {
    out += "\nSTAGES (q queue, w server wake, h handler, r response, c client wake; each method on its own scale)\n";
    out += "  " + wrapped(about_stages(of), 2) + "\n";
    for (std::size_t i = 0; i < std::min(methods.size(), methods_in_waterfall); ++i) {
      if (of.methods[methods[i]].total().count > 0) waterfall_of(out, of, methods[i]);
    }
  }
  if (!methods.empty()) methods_table(out, of, methods);
  slowest_table(out, of);
  loops_table(out, of);
  channels_table(out, of);
  return out;
}

}  // namespace ringcall::profile
