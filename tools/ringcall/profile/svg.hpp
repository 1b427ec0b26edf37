// Charts as SVG, to be put inline into a page that holds svg_style().
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "profile/canvas.hpp"

namespace ringcall::profile {

std::string svg_style(); // each ink's colour for fill (f0...) and stroke (s0...), by light and dark
std::string svg(const extent& size, std::string_view title, const std::function<void(canvas&)>& draw);
// A stage's colour beside words, as an SVG of its own.
std::string swatch(std::size_t stage);

}  // namespace ringcall::profile
