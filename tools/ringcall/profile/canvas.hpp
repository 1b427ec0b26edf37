// What charts are drawn on: SVG for the page, cairo for the PNG. Places are in points from the top left.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringcall::profile {

// A role, not a colour: what it looks like depends on light and dark paper. A stage's ink is first_stage + the stage.
enum class ink : std::size_t { paper, text, muted, grid, heat, first_stage, first_curve = first_stage + 6, last_curve = first_curve + 7 };
constexpr std::size_t ink_count = static_cast<std::size_t>(ink::last_curve) + 1;

inline ink stage_ink(std::size_t stage) { return static_cast<ink>(static_cast<std::size_t>(ink::first_stage) + stage); }
inline ink curve_ink(std::size_t index) { return static_cast<ink>(static_cast<std::size_t>(ink::first_curve) + index % 8); }

// "#rrggbb" by ink. Stages: orange, vermillion, blue, sky blue and purple of Okabe and Ito, apart for every kind of colour blindness.
extern const std::array<const char*, ink_count> light_inks;
extern const std::array<const char*, ink_count> dark_inks;
// Whether black words are better to read than white ones on a stage's colour.
bool wants_black_words(std::size_t stage);

struct place {
  double x;
  double y;
};
struct box {
  double x;
  double y;
  double width;
  double height;
};
enum class anchor { left, middle, right };
enum class weight { plain, bold };

class canvas {
 public:
  virtual ~canvas() = default;
  // note: what a pointer that rests there is told, where there are pointers.
  virtual void fill(ink pen, const box& area, std::string_view note = {}) = 0;
  // Many areas of one ink, so much of it that it covers between 0 and 1 of the paper.
  virtual void fill_all(ink pen, double opacity, const std::vector<box>& areas) = 0;
  virtual void line(ink pen, double width, const std::vector<place>& places, std::string_view note = {}) = 0;
  virtual void text(ink pen, double size, weight heavy, anchor at, const place& where, std::string_view words) = 0;
  // Words on a stage's colour.
  virtual void text_on_stage(std::size_t stage, double size, const place& middle, std::string_view words) = 0;
};

struct extent {
  double width;
  double height;
};

// How wide words about are, where nothing can measure them; rather too wide.
double about_width(std::string_view words, double size);

}  // namespace ringcall::profile
