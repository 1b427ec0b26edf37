#include "served.hpp"
#include "records/records.ringcall.hpp"

#include <algorithm>

namespace {

class my_records final : public records::records {
 public:
  ::records::point mirror(::records::point p) override { return {p.y, p.x}; }

  ::records::mixed change(const ::records::mixed& m) override {
    ::records::mixed out = m;
    out.on = !m.on;
    out.wide = m.wide + 1;
    out.sort = ::records::kind::fancy;
    std::swap(out.corners[0], out.corners[1]);
    out.grid[1][2] = static_cast<std::int16_t>(out.grid[1][2] + 1);
    out.tag = std::string(1, '<').append(std::string_view(m.tag)).append(">");
    return out;
  }

  ::records::outer wrap(const ::records::mixed& last, std::uint8_t first) override {
    ::records::outer out{};
    out.first = first;
    out.inner[1] = {static_cast<std::uint16_t>(first + 1), true};
    out.last = last;
    return out;
  }

  void put(const ::records::outer&) override {}
  ringcall::fixed_text<5> tag_of(ringcall::fixed_text<5> tag, ::records::point) override { return tag; }
};

}  // namespace

void serve_records(ringcall::server& server) {
  static my_records records;
  ::records::serve(server, records);
}
