// The report's charts, each drawn once for SVG and PNG alike.
#pragma once

#include <string>
#include <vector>

#include "profile/canvas.hpp"
#include "profile/recording.hpp"

namespace ringcall::profile {

class chart {
 public:
  virtual ~chart() = default;
  virtual extent size() const = 0;
  virtual void draw(canvas& on) const = 0;
};

constexpr double chart_width = 1040;

// The stages of each method: of the mean, and of calls near p50 and p99; in absolute time, each method on its own scale, and as shares beside it.
class waterfall : public chart {
 public:
  waterfall(const recording& of, const std::vector<std::size_t>& methods);
  extent size() const override;
  void draw(canvas& on) const override;

 private:
  struct bar {
    const char* name;
    composition made_of;
  };
  struct panel {
    std::string name;
    std::vector<bar> bars;
  };
  void draw_panel(canvas& on, const panel& p, double top) const;
  void draw_bar(canvas& on, const panel& p, const bar& b, double top, double longest) const;

  std::vector<panel> panels_;
};

// Latency by percentile, both logarithmic, a curve for each method.
class percentile_plot : public chart {
 public:
  percentile_plot(const recording& of, const std::vector<std::size_t>& methods);
  extent size() const override;
  void draw(canvas& on) const override;

 private:
  struct curve {
    std::string name;
    std::vector<place> points; // x: 1/(1-q), y: nanoseconds
  };
  std::vector<curve> curves_;
};

// How many calls took how long when; darker is more.
class heat_map : public chart {
 public:
  heat_map(const recording& of, const std::vector<std::size_t>& methods);
  bool empty() const { return most_ == 0; }
  extent size() const override;
  void draw(canvas& on) const override;

 private:
  void draw_legend(canvas& on) const;

  struct column {
    double from, to; // seconds
    std::vector<double> counts; // by row
  };
  std::vector<column> columns_;
  double seconds_ = 0;
  int first_row_ = 0; // rows are quarters of octaves
  int rows_ = 0;
  double most_ = 0;
};

// The stages' names beside their colours.
void draw_stage_legend(canvas& on, const place& at);

}  // namespace ringcall::profile
