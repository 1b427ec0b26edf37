#include <algorithm>
#include <cmath>

#include "profile/charts.hpp"
#include "profile/scale.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

constexpr double height = 330, left = 74, right = chart_width - 30, top = 34, bottom = height - 48;
constexpr double small = 12;
constexpr int levels = 8;
constexpr double columns_most = 240;

double value_of_row(int row) { return std::exp2(row / 4.0); }

// The row of a bucket: of the middle of its values.
int row_of(std::uint32_t bucket) {
  const double low = static_cast<double>(observe::bucket_low(bucket)), high = static_cast<double>(observe::bucket_high(bucket));
  return static_cast<int>(std::floor(4 * std::log2(std::max((low + high) / 2, 1.0)) + 1e-9));
}

double opacity_of(int level) { return 0.12 + 0.88 * level / (levels - 1); }

}  // namespace

heat_map::heat_map(const recording& of, const std::vector<std::size_t>& methods) : seconds_(of.seconds()) {
  constexpr int all_rows = 4 * 64;
  int lowest = all_rows, highest = 0;
  const auto joined = static_cast<std::size_t>(std::ceil(static_cast<double>(of.slices.size()) / columns_most));
  for (std::size_t i = 0; i < of.slices.size(); ++i) {
    const slice& s = of.slices[i];
    if (i % joined == 0) columns_.push_back({static_cast<double>(s.from) / 1e9, 0, std::vector<double>(all_rows)});
    column& c = columns_.back();
    c.to = std::max(static_cast<double>(s.to) / 1e9, c.from);
    for (const std::size_t m : methods) {
      if (m >= s.totals.size()) continue;
      for (const bucket_count& b : s.totals[m]) {
        const int row = std::clamp(row_of(std::min<std::uint32_t>(b.bucket, RINGCALL_HISTOGRAM_BUCKETS - 1)), 0, all_rows - 1);
        lowest = std::min(lowest, row), highest = std::max(highest, row);
        most_ = std::max(most_, c.counts[static_cast<std::size_t>(row)] += static_cast<double>(b.count));
      }
    }
  }
  if (most_ == 0) return;
  first_row_ = std::max(lowest - 1, 0);
  rows_ = highest + 2 - first_row_;
  if (!columns_.empty()) seconds_ = std::max(seconds_, columns_.back().to);
}

extent heat_map::size() const { return {chart_width, height}; }

void heat_map::draw(canvas& on) const {
  const linear_scale x{0, seconds_, left, right};
  const log_scale y{value_of_row(first_row_), value_of_row(first_row_ + std::max(rows_, 4)), bottom, top};
  std::vector<std::vector<box>> areas(levels);
  for (const column& c : columns_) {
    for (int row = first_row_; row < first_row_ + rows_; ++row) {
      const double count = c.counts[static_cast<std::size_t>(row)];
      if (count <= 0) continue;
      const int level = most_ <= 1 ? levels - 1 : static_cast<int>(std::lround((levels - 1) * std::log(count) / std::log(most_)));
      const double upper = y.at(value_of_row(row + 1)), lower = y.at(value_of_row(row));
      areas[static_cast<std::size_t>(std::clamp(level, 0, levels - 1))].push_back({x.at(c.from), upper, x.at(c.to) - x.at(c.from), lower - upper});
    }
  }
  for (const double v : y.ticks()) {
    on.line(ink::grid, 1, {{left, y.at(v)}, {right, y.at(v)}});
    on.text(ink::muted, small, weight::plain, anchor::right, {left - 8, y.at(v) + 4}, round_time(v));
  }
  for (int level = 0; level < levels; ++level) on.fill_all(ink::heat, opacity_of(level), areas[static_cast<std::size_t>(level)]);
  on.line(ink::muted, 1, {{left, bottom}, {right, bottom}});
  for (const double v : x.ticks(10)) {
    on.line(ink::muted, 1, {{x.at(v), bottom}, {x.at(v), bottom + 5}});
    on.text(ink::muted, small, weight::plain, anchor::middle, {x.at(v), bottom + 18}, number(v));
  }
  on.text(ink::text, 12.5, weight::plain, anchor::left, {8, top - 16}, "posted to observed, log scale");
  on.text(ink::text, 12.5, weight::plain, anchor::middle, {(left + right) / 2, height - 8}, "seconds since the recording began");
  draw_legend(on);
}

void heat_map::draw_legend(canvas& on) const {
  constexpr double cell = 16;
  const double from = right - levels * cell - 60;
  on.text(ink::muted, small, weight::plain, anchor::right, {from - 6, top - 16}, "sampled calls in a cell: 1");
  for (int level = 0; level < levels; ++level) on.fill_all(ink::heat, opacity_of(level), {{from + cell * level, top - 27, cell, 12}});
  on.text(ink::muted, small, weight::plain, anchor::left, {from + levels * cell + 6, top - 16}, number(most_));
}

}  // namespace ringcall::profile
