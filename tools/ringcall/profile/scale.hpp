// Axes: where values are, and the round values worth a mark.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace ringcall::profile {

// From low at `from` to high at `to`; what lies outside is put at the nearer end.
struct linear_scale {
  double low, high, from, to;
  double at(double value) const {
    if (!(high > low)) return from;
    return from + (std::clamp(value, low, high) - low) / (high - low) * (to - from);
  }
  // About so many round values.
  std::vector<double> ticks(int about) const {
    std::vector<double> all;
    if (!(high > low) || !std::isfinite(high - low)) return all;
    const double raw = (high - low) / about, decade = std::pow(10, std::floor(std::log10(raw)));
    double step = 10 * decade;
    for (const double s : {1.0, 2.0, 5.0}) {
      if (s * decade >= raw * 0.999) {
        step = s * decade;
        break;
      }
    }
    for (double v = std::ceil(low / step - 1e-9) * step; v <= high + step * 1e-9 && all.size() < 100; v += step) all.push_back(v);
    return all;
  }
};

// The same of logarithms; low and high are values above 0.
struct log_scale {
  double low, high, from, to;
  double at(double value) const {
    if (!(high > low)) return from;
    return from + (std::log(std::clamp(value, low, high)) - std::log(low)) / (std::log(high) - std::log(low)) * (to - from);
  }
  // Decades; with 2 and 5, or more, where these are few.
  std::vector<double> ticks() const {
    const double decades = std::log10(high / low);
    std::vector<double> steps{1};
    if (decades < 1.2) steps = {1, 1.5, 2, 3, 4, 5, 7};
    else if (decades < 2.5) steps = {1, 2, 5};
    std::vector<double> all;
    for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high && all.size() < 100; decade *= 10) {
      for (const double step : steps) {
        if (const double v = step * decade; v >= low * 0.9999 && v <= high * 1.0001) all.push_back(v);
      }
    }
    return all;
  }
};

}  // namespace ringcall::profile
