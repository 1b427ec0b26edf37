#include "profile/svg.hpp"

#include <cmath>
#include <cstdio>

#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

// No exponents, no "nan", whatever comes in.
std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.1f", std::fmin(std::fmax(value, -1e6), 1e6));
  std::string result = text.data();
  if (result.ends_with(".0")) result.resize(result.size() - 2);
  return result;
}

std::string attribute(const char* name, double value) { return std::string(" ") + name + "=\"" + coordinate(value) + '"'; }

std::string inside(std::string_view note) { return note.empty() ? "" : "<title>" + escape_xml(note) + "</title>"; }

class svg_canvas : public canvas {
 public:
  void fill(ink pen, const box& area, std::string_view note) override {
    out += "<rect" + style('f', pen) + attribute("x", area.x) + attribute("y", area.y) + attribute("width", std::fmax(area.width, 0)) + attribute("height",
        std::fmax(area.height, 0));
    close("rect", note);
  }
  void fill_all(ink pen, double opacity, const std::vector<box>& areas) override {
    if (areas.empty()) return;
    std::array<char, 32> cover{};
    std::snprintf(cover.data(), cover.size(), "%.2f", opacity);
    out += "<path" + style('f', pen) + " fill-opacity=\"" + cover.data() + "\" d=\"";
    for (const box& a : areas) {
      out += "M" + coordinate(a.x) + " " + coordinate(a.y) + "h" + coordinate(a.width) + "v" + coordinate(a.height) + "h" + coordinate(-a.width) + "z";
    }
    out += "\"/>";
  }
  void line(ink pen, double width, const std::vector<place>& places, std::string_view note) override {
    out += "<polyline" + style('s', pen) + attribute("stroke-width", width) + " points=\"";
    for (std::size_t i = 0; i < places.size(); ++i) out += (i == 0 ? "" : " ") + coordinate(places[i].x) + "," + coordinate(places[i].y);
    out += '"';
    close("polyline", note);
  }
  void text(ink pen, double size, weight heavy, anchor at, const place& where, std::string_view words) override {
    static constexpr std::array anchors{"start", "middle", "end"};
    out += "<text" + style('f', pen) + attribute("x", where.x) + attribute("y", where.y) + attribute("font-size", size) + " text-anchor=\"" +
        anchors[static_cast<std::size_t>(at)] + '"' +
           (heavy == weight::bold ? " font-weight=\"600\"" : "") + ">" + escape_xml(words) + "</text>";
  }
  void text_on_stage(std::size_t stage, double size, const place& middle, std::string_view words) override {
    out += std::string("<text fill=\"") + (wants_black_words(stage) ? "#000" : "#fff") + '"' + attribute("x", middle.x) + attribute("y", middle.y) +
        attribute("font-size", size) +
           " text-anchor=\"middle\" pointer-events=\"none\">" + escape_xml(words) + "</text>";
  }

  std::string out;

 private:
  static std::string style(char kind, ink pen) { return std::string(" class=\"") + kind + std::to_string(static_cast<std::size_t>(pen)) + '"'; }
  void close(const char* element, std::string_view note) { out += note.empty() ? "/>" : ">" + inside(note) + "</" + element + ">"; }
};

std::string colours(const std::array<const char*, ink_count>& inks) {
  std::string css;
  for (std::size_t i = 0; i < inks.size(); ++i) {
    const std::string n = std::to_string(i), colour = inks[i];
    css += ".f" + n + "{fill:" + colour + "}.s" + n + "{stroke:" + colour + ";fill:none}";
  }
  return css;
}

}  // namespace

std::string svg_style() {
  return "svg text{font-family:system-ui,sans-serif}" + colours(light_inks) + "@media(prefers-color-scheme:dark){" + colours(dark_inks) + "}";
}

std::string svg(const extent& size, std::string_view title, const std::function<void(canvas&)>& draw) {
  svg_canvas on;
  draw(on);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + coordinate(size.width) + " " + coordinate(size.height) + "\" role=\"img\" aria-label=\"" +
      escape_xml(title) + "\">" + on.out + "</svg>";
}

std::string swatch(std::size_t stage) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"f" +
      std::to_string(static_cast<std::size_t>(stage_ink(stage))) + "\" width=\"10\" height=\"10\"/></svg>";
}

}  // namespace ringcall::profile
