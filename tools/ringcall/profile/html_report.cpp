#include <algorithm>

#include "profile/charts.hpp"
#include "profile/documents.hpp"
#include "profile/html_tables.hpp"
#include "profile/svg.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

const char* const page_style = R"css(
:root{--paper:#fff;--text:#1a1a1a;--muted:#666;--line:#e4e4e4;--problem:#b5330a;--slow:#8a5a00}
@media(prefers-color-scheme:dark){:root{--paper:#14161a;--text:#ececec;--muted:#9a9a9a;--line:#2c3038;--problem:#f08040;--slow:#e6b030}}
body{background:var(--paper);color:var(--text);font:15px/1.45 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2.2rem 0 .3rem}h3{font-size:1rem;margin:1.2rem 0 .2rem;overflow-wrap:anywhere}
figure{margin:.8rem 0 0}figure svg{width:100%;height:auto}
.note,figcaption{color:var(--muted);margin:.2rem 0 .6rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.15rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600}th:first-child,td:first-child,.left{text-align:left}
.facts td,.stages td{border:0;text-align:left;padding:.05rem 1rem .05rem 0;white-space:normal}.facts td:first-child{color:var(--muted)}
.findings{list-style:none;padding:0}.findings li{border-left:4px solid var(--line);padding:.15rem 0 .15rem .8rem;margin:.5rem 0}
.findings .problem{border-color:var(--problem)}.findings .slow{border-color:var(--slow)}
.level{font-weight:600}.problem .level{color:var(--problem)}.slow .level{color:var(--slow)}.note .level{color:var(--muted)}
.findings p{margin:0;overflow-wrap:anywhere}.findings .what{color:var(--text)}.advice{color:var(--muted)}
.swatch{width:.8em;height:.8em;margin-right:.4em}
code{font-family:ui-monospace,monospace;font-size:.92em}
.bar{width:160px;height:10px;display:block}
)css";

// Text whose `words` are code.
std::string with_code(const std::string& text) {
  std::string out;
  bool code = false;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t tick = std::min(text.find('`', from), text.size());
    out += escape_xml(std::string_view(text).substr(from, tick - from));
    if (tick < text.size()) out += code ? "</code>" : "<code>", code = !code;
    from = tick + 1;
  }
  return out + (code ? "</code>" : "");
}

std::string findings_list(const std::vector<finding>& findings) {
  std::string out = "<h2 id=\"findings\">Findings</h2>\n<ul class=\"findings\">\n";
  for (const finding& f : findings) {
    const std::string level = name_of(f.level);
    out += "<li class=\"" + level + "\"><p class=\"what\"><span class=\"level\">" + level + "</span> " + with_code(f.what) + "</p>" +
        (f.advice.empty() ? "" : "<p class=\"advice\">" + with_code(f.advice) + "</p>") + "</li>\n";
  }
  return out + "</ul>\n";
}

std::string figure(const chart& drawn, const std::string& title) {
  return "<figure>" + svg(drawn.size(), title, [&](canvas& on) { drawn.draw(on); }) + "</figure>\n";
}

std::string heading(const char* id, const std::string& title, const std::string& note) {
  return std::string("<h2 id=\"") + id + "\">" + title + "</h2>\n" + (note.empty() ? "" : "<p class=\"note\">" + note + "</p>\n");
}

std::vector<std::size_t> first_of(const std::vector<std::size_t>& all, std::size_t count) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), count))};
}

std::string of_how_many(std::size_t shown, std::size_t all) {
  return shown < all ? " The " + count_text(shown) + " methods of " + count_text(all) + " that took most time; the tables and data.json have more." : "";
}

std::string stage_meanings() {
  static constexpr std::array<const char*, RINGCALL_STAGES> meanings{
    "",
    "from posted to taken, of a server that was awake: other calls, those before it in its run, a worker's queue",
    "from posted to taken, of a server that slept and had to be woken",
    "from taken to answered: the server's own code",
    "from answered to observed, of a client that was awake: the rest of the run, the client's own work",
    "from answered to observed, of a client that slept and had to be woken"};
  std::string out = "<table class=\"stages\">\n";
  for (const std::size_t s : stages_in_time) out += "<tr><td>" + swatch(s) + name_of_stage(s) + "</td><td>" + meanings[s] + "</td></tr>\n";
  return out + "</table>\n";
}

std::string charts_of(const recording& of, const std::vector<std::size_t>& sampled) {
  std::string out;
  const auto in_waterfall = first_of(sampled, methods_in_waterfall), in_plot = first_of(sampled, methods_in_percentiles);
  out += heading("stages", "Where the time goes",
      escape_xml(about_stages(of)) + " Left in time, each method on its own scale; right in shares." +
      of_how_many(in_waterfall.size(), sampled.size()));
  out += stage_meanings() + figure(waterfall(of, in_waterfall), "Stages of each method");
  out += heading("percentiles", "How slow how often", "From posting a call to seeing its answer." + of_how_many(in_plot.size(), sampled.size()));
  out += figure(percentile_plot(of, in_plot), "Latency by percentile");
  const heat_map all(of, sampled);
  if (all.empty()) return out;
  out += heading("time", "Over time", sampled.size() == 1 ? "All sampled calls." : "All sampled calls, then those of each method that took most time.") +
      figure(all, "Latency over time");
  if (sampled.size() == 1) return out;
  for (const std::size_t m : first_of(sampled, 3)) {
    const heat_map one(of, {m});
    if (!one.empty()) out += "<h3>" + escape_xml(of.methods[m].name) + "</h3>\n" + figure(one, "Latency over time of " + of.methods[m].name);
  }
  return out;
}

}  // namespace

std::string html_report(const recording& of, const std::vector<finding>& findings) {
  const std::vector<std::size_t> methods = methods_by_time(of);
  std::vector<std::size_t> sampled;
  std::copy_if(methods.begin(), methods.end(), std::back_inserter(sampled), [&](std::size_t m) { return of.methods[m].total().count > 0; });
  const std::string title = "ringcall profile of " + escape_xml(of.server.name);
  std::string out = "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>" + title +
                    "</title>\n<style>" + svg_style() + page_style + "</style>\n</head>\n<body>\n<h1>" + title + "</h1>\n<table class=\"facts\">\n";
  for (const fact& f : facts(of)) out += "<tr><td>" + f.what + "</td><td>" + escape_xml(f.value) + "</td></tr>\n";
  out += "</table>\n" + findings_list(findings);
  if (!sampled.empty()) out += charts_of(of, sampled);
  if (!of.slowest.empty()) out += heading("slowest", "The slowest sampled calls", "") + slowest_table(of);
  if (!methods.empty()) out += heading("methods", "Methods", "") + methods_table(of, methods);
  if (!sampled.empty()) out += "<details><summary>Stages of each method in numbers</summary>\n" + stages_table(of, sampled) + "</details>\n";
  out += heading("loops", "The server's loops", "") + loops_table(of);
  if (!of.channels.empty()) out += heading("channels", "Channels", "") + channels_table(of);
  return out + "</body>\n</html>\n";
}

}  // namespace ringcall::profile
