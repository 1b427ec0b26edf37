// What the compiler of the server must agree with, beside layouts: what fields, enums and methods are.

#include "emit_cpp.hpp"
#include "text.hpp"

#include <limits>
#include <vector>

namespace ringcall::gen {
namespace {

std::string literal(const enumeration& e, std::int64_t value) {
  if (e.underlying == scalar::u64) return std::to_string(static_cast<std::uint64_t>(value)) + 'u';
  if (value == std::numeric_limits<std::int64_t>::min()) return std::to_string(value + 1) + " - 1"; // - is no part of a literal
  return std::to_string(value);
}

}  // namespace

std::string cpp_enumeration_types(const enumeration& e) {
  std::string out = "static_assert(std::is_same_v<std::underlying_type_t<" + e.qualified + ">, " + e.spelling + ">);\n";
  for (const enumerator& v : e.values) out += "static_assert(" + e.qualified + "::" + v.name + " == " + e.qualified + '{' + literal(e, v.value) + "});\n";
  return out;
}

std::string cpp_field_types(const record& r) {
  std::string types;
  std::vector<std::string> bindings;
  for (const field& f : r.fields) {
    types += "static_assert(std::is_same_v<decltype(" + r.qualified + "::" + f.name + "), " + f.of.spelling + ">);\n";
    bindings.push_back("f" + std::to_string(bindings.size() + 1));
  }
  if (bindings.empty()) return types;
  // A field more could hide in padding, and one more of a message anywhere.
  return types + "static_assert(ringcall::wire::compiles([](const " + r.qualified + "& all) { [[maybe_unused]] const auto& [" + joined(bindings, ", ") + "] = all; }));\n";
}

std::string cpp_method_types(const service& s) {
  std::string out;
  for (const method& m : s.methods) out += "static_assert(ringcall::wire::compiles<" + m.signature + ">(&" + s.qualified + "::" + m.name + "));\n";
  return out;
}

}  // namespace ringcall::gen
