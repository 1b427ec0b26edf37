#include <cairo.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "profile/charts.hpp"
#include "profile/documents.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

constexpr double scale = 1.5, margin = 24, page_width = chart_width + 2 * margin;
constexpr double longest_side = 32000; // of what cairo can do, in its pixels

using surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

void set_colour(cairo_t* on, const char* hex, double opacity = 1) {
  const auto rgb = static_cast<unsigned>(std::stoul(hex + 1, nullptr, 16));
  cairo_set_source_rgba(on, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, opacity);
}
void set_ink(cairo_t* on, ink pen, double opacity = 1) { set_colour(on, light_inks[static_cast<std::size_t>(pen)], opacity); }

void set_font(cairo_t* on, double size, weight heavy) {
  cairo_select_font_face(on, "sans-serif", CAIRO_FONT_SLANT_NORMAL, heavy == weight::bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(on, size);
}

double width_of(cairo_t* on, const std::string& words) {
  cairo_text_extents_t extents;
  cairo_text_extents(on, words.c_str(), &extents);
  return extents.x_advance;
}

class png_canvas : public canvas {
 public:
  explicit png_canvas(cairo_t* on) : on_(on) {}

  void fill(ink pen, const box& area, std::string_view) override { fill_all(pen, 1, {area}); }
  void fill_all(ink pen, double opacity, const std::vector<box>& areas) override {
    set_ink(on_, pen, opacity);
    cairo_new_path(on_); // words leave a current point
    // Edges between two pixels would leave seams between neighbours.
    cairo_set_antialias(on_, CAIRO_ANTIALIAS_NONE);
    for (const box& a : areas) cairo_rectangle(on_, a.x, a.y, std::max(a.width, 0.0), std::max(a.height, 0.0));
    cairo_fill(on_);
    cairo_set_antialias(on_, CAIRO_ANTIALIAS_DEFAULT);
  }
  void line(ink pen, double width, const std::vector<place>& places, std::string_view) override {
    set_ink(on_, pen);
    cairo_set_line_width(on_, width);
    cairo_set_line_join(on_, CAIRO_LINE_JOIN_ROUND);
    cairo_new_path(on_);
    for (const place& p : places) cairo_line_to(on_, p.x, p.y);
    cairo_stroke(on_);
  }
  void text(ink pen, double size, weight heavy, anchor at, const place& where, std::string_view words) override {
    set_ink(on_, pen);
    put(size, heavy, at, where, words);
  }
  void text_on_stage(std::size_t stage, double size, const place& middle, std::string_view words) override {
    set_colour(on_, wants_black_words(stage) ? "#000000" : "#ffffff");
    put(size, weight::plain, anchor::middle, middle, words);
  }

 private:
  void put(double size, weight heavy, anchor at, const place& where, std::string_view words) {
    const std::string text = clean(words);
    set_font(on_, size, heavy);
    const double back = at == anchor::left ? 0 : at == anchor::middle ? width_of(on_, text) / 2 : width_of(on_, text);
    cairo_move_to(on_, where.x - back, where.y);
    cairo_show_text(on_, text.c_str());
  }

  cairo_t* on_;
};

// The page from top to bottom. Drawn twice: the first time only to learn its height.
class page {
 public:
  explicit page(cairo_t* on) : on_(on), canvas_(on) {}
  double height() const { return y_ + margin; }

  void heading(const std::string& words, double size) {
    y_ += size * 1.2 + 14;
    canvas_.text(ink::text, size, weight::bold, anchor::left, {margin, y_}, words);
    y_ += size * 0.5;
  }
  // Broken at spaces to fit; a word that alone is too long is shortened.
  void paragraph(ink pen, double indent, const std::string& words) {
    constexpr double size = 13;
    const double room = page_width - 2 * margin - indent;
    set_font(on_, size, weight::plain);
    std::string line;
    const auto flush = [&] {
      y_ += size * 1.35;
      canvas_.text(pen, size, weight::plain, anchor::left, {margin + indent, y_}, line);
      line.clear();
      set_font(on_, size, weight::plain);
    };
    for (std::size_t at = 0; at < words.size();) {
      const std::size_t end = std::min(words.find(' ', at), words.size());
      const std::string word = shortened(std::string_view(words).substr(at, end - at), 110);
      if (!line.empty() && width_of(on_, line + " " + word) > room) flush();
      line += (line.empty() ? "" : " ") + word;
      at = end + 1;
    }
    if (!line.empty()) flush();
  }
  void line_of(const std::string& what, const std::string& value) {
    const double before = y_;
    paragraph(ink::text, 90, value);
    canvas_.text(ink::muted, 13, weight::plain, anchor::left, {margin, before + 13 * 1.35}, what);
  }
  void finding_of(const finding& f) {
    const double before = y_ + 4;
    y_ += 4;
    canvas_.text(ink::text, 13, weight::bold, anchor::left, {margin + 12, y_ + 13 * 1.35}, name_of(f.level));
    paragraph(ink::text, 90, clean(f.what));
    paragraph(ink::muted, 90, clean(f.advice));
    const ink pen = f.level == severity::problem ? stage_ink(RINGCALL_STAGE_SERVER_WAKE) : f.level == severity::slow ? stage_ink(RINGCALL_STAGE_QUEUE) : ink::grid;
    canvas_.fill(pen, box{margin, before + 3, 4, y_ - before}, {});
  }
  void legend() {
    y_ += 24;
    draw_stage_legend(canvas_, {margin, y_});
    y_ += 8;
  }
  void figure(const chart& drawn) {
    cairo_save(on_);
    cairo_translate(on_, margin, y_ + 6);
    drawn.draw(canvas_);
    cairo_restore(on_);
    y_ += drawn.size().height + 6;
  }

 private:
  cairo_t* on_;
  png_canvas canvas_;
  double y_ = 0;
};

void draw(page& on, const recording& of, const std::vector<finding>& findings) {
  on.heading("ringcall profile of " + shortened(clean(of.server.name), 80), 20);
  for (const fact& f : facts(of)) on.line_of(f.what, f.value);
  on.heading("Findings", 15);
  for (const finding& f : findings) on.finding_of(f);
  std::vector<std::size_t> sampled = methods_by_time(of);
  std::erase_if(sampled, [&](std::size_t m) { return of.methods[m].total().count == 0; });
  if (sampled.empty()) return;
  const auto first = [&](std::size_t count) { return std::vector<std::size_t>(sampled.begin(), sampled.begin() +
      static_cast<std::ptrdiff_t>(std::min(sampled.size(), count))); };
  on.heading("Where the time goes", 15);
  on.paragraph(ink::muted, 0, about_stages(of) + " Left in time, each method on its own scale; right in shares.");
  on.legend();
  on.figure(waterfall(of, first(methods_in_waterfall)));
  on.heading("How slow how often", 15);
  on.figure(percentile_plot(of, first(methods_in_percentiles)));
  const heat_map over_time(of, sampled);
  if (over_time.empty()) return;
  on.heading("Over time", 15);
  on.figure(over_time);
}

void check(cairo_status_t status, const char* what) {
  if (status != CAIRO_STATUS_SUCCESS) throw std::runtime_error(std::string("report.png: cairo failed to ") + what + ": " + cairo_status_to_string(status));
}

surface drawn(const recording& of, const std::vector<finding>& findings, double height, double& needed) {
  surface pixels(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(page_width * scale), static_cast<int>(std::min(height * scale, longest_side))),
      &cairo_surface_destroy);
  check(cairo_surface_status(pixels.get()), "make the picture");
  const context on(cairo_create(pixels.get()), &cairo_destroy);
  cairo_scale(on.get(), scale, scale);
  set_ink(on.get(), ink::paper);
  cairo_paint(on.get());
  page p(on.get());
  draw(p, of, findings);
  needed = p.height();
  check(cairo_status(on.get()), "draw");
  return pixels;
}

cairo_status_t append(void* to, const unsigned char* bytes, unsigned size) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::string png_report(const recording& of, const std::vector<finding>& findings) {
  double height = 1;
  drawn(of, findings, height, height);
  const surface pixels = drawn(of, findings, height, height);
  std::string bytes;
  check(cairo_surface_write_to_png_stream(pixels.get(), &append, &bytes), "write");
  return bytes;
}

}  // namespace ringcall::profile
