#include "profile/canvas.hpp"

#include "profile/recording.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {

// paper, text, muted, grid, heat; total, queue, server wake, handler, response, client wake; curves.
const std::array<const char*, ink_count> light_inks{"#ffffff", "#1a1a1a", "#666666", "#e4e4e4", "#0072b2", "#1a1a1a", "#e69f00", "#d55e00", "#0072b2", "#56b4e9",
    "#cc79a7",
                                                    "#0072b2", "#d55e00", "#007a5a", "#b0508a", "#a87400", "#2b8cc4", "#555555", "#8b1a1a"};
const std::array<const char*, ink_count> dark_inks{"#14161a", "#ececec", "#9a9a9a", "#2c3038", "#56a8e8", "#ececec", "#e69f00", "#d55e00", "#0072b2", "#56b4e9",
    "#cc79a7",
                                                   "#56a8e8", "#f08040", "#2cc295", "#e08fbe", "#e6b030", "#8fd0f4", "#bbbbbb", "#e08080"};

bool wants_black_words(std::size_t stage) { return stage != RINGCALL_STAGE_HANDLER && stage != RINGCALL_STAGE_TOTAL; }

double about_width(std::string_view words, double size) { return 0.6 * size * static_cast<double>(columns(words)); }

}  // namespace ringcall::profile
