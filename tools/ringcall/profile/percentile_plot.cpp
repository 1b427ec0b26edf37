#include <algorithm>
#include <cmath>

#include "profile/charts.hpp"
#include "profile/scale.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

constexpr double height = 400, left = 74, right = chart_width - 250, top = 34, bottom = height - 48;
constexpr double small = 12, label_step = 17;

std::string percentile_name(double inverse) {
  if (inverse <= 1) return "0 %";
  std::string digits = "99.999999";
  if (inverse < 9.9) return number(100 - 100 / inverse) + " %";
  if (inverse < 99) return "90 %";
  const auto nines = static_cast<std::size_t>(std::lround(std::log10(inverse)));
  digits.resize(nines <= 2 ? 2 : nines + 1);
  return digits + " %";
}

struct label {
  std::size_t curve;
  place end;
  double y;
};

// Labels apart, each as near to its curve's end as its neighbours allow.
void spread(std::vector<label>& labels) {
  std::stable_sort(labels.begin(), labels.end(), [](const label& a, const label& b) { return a.y < b.y; });
  for (std::size_t i = 1; i < labels.size(); ++i) labels[i].y = std::max(labels[i].y, labels[i - 1].y + label_step);
  double limit = bottom;
  for (std::size_t i = labels.size(); i-- > 0 && labels[i].y > limit; limit -= label_step) labels[i].y = limit;
}

}  // namespace

percentile_plot::percentile_plot(const recording& of, const std::vector<std::size_t>& methods) {
  for (const std::size_t m : methods) {
    const observe::histogram& total = of.methods[m].total();
    if (total.count == 0) continue;
    curve c{clean(of.methods[m].name), {}};
    // A tenth of a decade each, as far as there are values; then the last value.
    const auto count = static_cast<double>(total.count);
    for (double inverse = 1; inverse < count; inverse *= std::pow(10, 0.1)) c.points.push_back({inverse, static_cast<double>(total.quantile(1 - 1 / inverse))});
    c.points.push_back({count, static_cast<double>(total.max)});
    curves_.push_back(std::move(c));
  }
}

extent percentile_plot::size() const { return {chart_width, height}; }

void percentile_plot::draw(canvas& on) const {
  double most = 10, low = 1e300, high = 1;
  for (const curve& c : curves_) {
    for (const place& p : c.points) most = std::max(most, p.x), low = std::min(low, std::max(p.y, 1.0)), high = std::max(high, p.y);
  }
  if (curves_.empty()) low = 1;
  const log_scale x{1, most, left, right}, y{low / 1.15, std::max(high * 1.15, low * 1.5), bottom, top};
  for (const double v : y.ticks()) {
    on.line(ink::grid, 1, {{left, y.at(v)}, {right, y.at(v)}});
    on.text(ink::muted, small, weight::plain, anchor::right, {left - 8, y.at(v) + 4}, round_time(v));
  }
  on.line(ink::muted, 1, {{left, bottom}, {right, bottom}});
  std::vector<double> marks{1, 2};
  for (double v = 10; v <= most * 1.0001; v *= 10) marks.push_back(v);
  for (const double v : marks) {
    on.line(ink::grid, 1, {{x.at(v), top}, {x.at(v), bottom + 5}});
    on.text(ink::muted, small, weight::plain, anchor::middle, {x.at(v), bottom + 18}, percentile_name(v));
  }
  on.text(ink::text, 12.5, weight::plain, anchor::left, {8, top - 16}, "posted to observed, log scale");
  on.text(ink::text, 12.5, weight::plain, anchor::middle, {(left + right) / 2, height - 8}, "share of calls that took no longer");
  std::vector<label> labels;
  for (std::size_t i = 0; i < curves_.size(); ++i) {
    std::vector<place> line;
    for (const place& p : curves_[i].points) line.push_back({x.at(p.x), y.at(std::max(p.y, 1.0))});
    if (line.size() == 1) line.push_back({line[0].x + 3, line[0].y});
    on.line(curve_ink(i), 2, line, curves_[i].name);
    labels.push_back({i, line.back(), line.back().y});
  }
  spread(labels);
  for (const label& l : labels) {
    on.line(ink::grid, 1, {{l.end.x + 3, l.end.y}, {right + 6, l.y}});
    on.text(curve_ink(l.curve), 12.5, weight::plain, anchor::left, {right + 10, l.y + 4}, shortened(curves_[l.curve].name, 30));
  }
}

}  // namespace ringcall::profile
