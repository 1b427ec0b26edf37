#include "doctor.hpp"

#include "commands.hpp"
#include "observe/server.hpp"
#include "print/output.hpp"
#include "print/units.hpp"

#include <algorithm>
#include <array>

namespace ringcall::tool {

std::string_view grade_name(grade g) {
  static constexpr std::array<std::string_view, 4> names{"ok", "note", "hurts", "fails"};
  return names[static_cast<std::size_t>(g)];
}

std::string doctor_text(const std::vector<finding>& all) {
  std::size_t width = 0;
  for (const finding& f : all) width = std::max(width, f.check.size());
  std::string text;
  for (const finding& f : all) {
    text += fit_left(grade_name(f.how), 7) + fit_left(f.check, width + 2) + f.found + "\n";
    const std::string indent(7 + width + 2, ' ');
    if (!f.effect.empty()) text += indent + "it means: " + f.effect + "\n";
    if (!f.advice.empty()) text += indent + "to do:    " + f.advice + "\n";
  }
  auto count = [&](grade g) { return std::count_if(all.begin(), all.end(), [g](const finding& f) { return f.how == g; }); };
  const auto fails = count(grade::fails), hurts = count(grade::hurts);
  text += "\n";
  if (fails == 0 && hurts == 0) return text + "nothing here hurts ringcall\n";
  if (fails != 0) text += std::to_string(fails) + (fails == 1 ? " thing" : " things") + " will fail" + (hurts != 0 ? ", " : "\n");
  if (hurts != 0) text += std::to_string(hurts) + (hurts == 1 ? " thing hurts" : " things hurt") + "\n";
  return text;
}

int run_doctor(const doctor_options& o) {
  auto all = check_processor("");
  const auto system = check_system("");
  all.insert(all.end(), system.begin(), system.end());
  if (!o.name.empty()) {
    const auto server = check_server(observe::server(o.name));
    all.insert(all.end(), server.begin(), server.end());
  }
  const bool fails = std::any_of(all.begin(), all.end(), [](const finding& f) { return f.how == grade::fails; });
  if (o.json) {
    json j{{"fails", fails}, {"checks", json::array()}};
    for (const finding& f : all) j["checks"].push_back({{"check", f.check}, {"grade", grade_name(f.how)}, {"found", f.found}, {"effect", f.effect}, {"advice", f.advice}});
    put_json(j);
  } else {
    put(doctor_text(all));
  }
  return fails ? 1 : 0;
}

}  // namespace ringcall::tool
