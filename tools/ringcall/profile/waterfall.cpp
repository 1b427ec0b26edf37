#include <algorithm>

#include "profile/charts.hpp"
#include "profile/scale.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

constexpr double name_height = 20, bar_height = 18, bar_step = 22, axis_height = 34;
constexpr double names_end = 56, times_end = 560, shares_begin = 690, shares_end = chart_width - 24;
constexpr double small = 11.5;

std::string told(const char* bar, std::size_t stage, const composition& c) {
  return std::string(bar) + ": " + name_of_stage(stage) + " " + duration(c.stages[stage]) + ", " + percent(c.share(stage));
}

}  // namespace

void draw_stage_legend(canvas& on, const place& at) {
  double x = at.x;
  for (const std::size_t stage : stages_in_time) {
    on.fill(stage_ink(stage), {x, at.y - 10, 12, 12});
    on.text(ink::text, 12.5, weight::plain, anchor::left, {x + 17, at.y}, name_of_stage(stage));
    x += 17 + about_width(name_of_stage(stage), 12.5) + 18;
  }
}

waterfall::waterfall(const recording& of, const std::vector<std::size_t>& methods) {
  for (const std::size_t m : methods) {
    const method& shown = of.methods[m];
    if (shown.total().count == 0) continue;
    const std::vector<composition> near = compositions(of, m, {0.5, 0.99});
    panel p{clean(shown.name), {{"mean", mean_composition(shown)}}};
    if (near[0].calls > 0) p.bars.push_back({"p50", near[0]});
    if (near[1].calls > 0) p.bars.push_back({"p99", near[1]});
    panels_.push_back(std::move(p));
  }
}

extent waterfall::size() const {
  double height = 0;
  for (const panel& p : panels_) height += name_height + bar_step * static_cast<double>(p.bars.size()) + axis_height;
  return {chart_width, height};
}

void waterfall::draw(canvas& on) const {
  double top = 0;
  for (const panel& p : panels_) {
    draw_panel(on, p, top);
    top += name_height + bar_step * static_cast<double>(p.bars.size()) + axis_height;
  }
}

void waterfall::draw_panel(canvas& on, const panel& p, double top) const {
  on.text(ink::text, 13, weight::bold, anchor::left, {names_end, top + 13}, shortened(p.name, 90));
  double longest = 0;
  for (const bar& b : p.bars) longest = std::max(longest, b.made_of.stages[RINGCALL_STAGE_TOTAL]);
  const double first = top + name_height, last = first + bar_step * static_cast<double>(p.bars.size());
  const linear_scale times{0, longest, names_end, times_end}, shares{0, 1, shares_begin, shares_end};
  for (const double v : times.ticks(5)) {
    on.line(ink::grid, 1, {{times.at(v), first - 2}, {times.at(v), last}});
    on.text(ink::muted, small, weight::plain, anchor::middle, {times.at(v), last + 13}, round_time(v));
  }
  for (const double v : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    on.line(ink::grid, 1, {{shares.at(v), first - 2}, {shares.at(v), last}});
    on.text(ink::muted, small, weight::plain, anchor::middle, {shares.at(v), last + 13}, percent(v));
  }
  double y = first;
  for (const bar& b : p.bars) {
    draw_bar(on, p, b, y, longest);
    y += bar_step;
  }
}

void waterfall::draw_bar(canvas& on, const panel&, const bar& b, double top, double longest) const {
  const linear_scale times{0, longest, names_end, times_end}, shares{0, 1, shares_begin, shares_end};
  const double base = top + bar_height - 5;
  on.text(ink::muted, small, weight::plain, anchor::right, {names_end - 8, base}, b.name);
  double before = 0;
  const double total = b.made_of.stages[RINGCALL_STAGE_TOTAL];
  for (const std::size_t stage : stages_in_time) {
    const double time = b.made_of.stages[stage];
    if (time <= 0 || total <= 0) continue;
    const std::string note = told(b.name, stage, b.made_of);
    on.fill(stage_ink(stage), {times.at(before), top, times.at(before + time) - times.at(before), bar_height}, note);
    const double from = shares.at(before / total), to = shares.at((before + time) / total);
    on.fill(stage_ink(stage), {from, top, to - from, bar_height}, note);
    if (to - from > 34) on.text_on_stage(stage, small, {(from + to) / 2, base}, percent(time / total));
    before += time;
  }
  on.text(ink::text, 12, weight::plain, anchor::left, {times.at(total) + 8, base}, duration(total));
}

}  // namespace ringcall::profile
