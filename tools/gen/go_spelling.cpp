// How types, signatures and receivers are spelled.

#include "go_names.hpp"

namespace ringcall::gen {
namespace {

std::string scalar_type(scalar number) {
  switch (number) {
    case scalar::boolean: return "bool";
    case scalar::i8: return "int8";
    case scalar::u8: return "uint8";
    case scalar::i16: return "int16";
    case scalar::u16: return "uint16";
    case scalar::i32: return "int32";
    case scalar::u32: return "uint32";
    case scalar::i64: return "int64";
    case scalar::u64: return "uint64";
    case scalar::f32: return "float32";
    case scalar::f64: return "float64";
  }
  return {};
}

}  // namespace

std::string go_type(const type& t) {
  switch (t.what) {
    case kind::nothing: return {};
    case kind::scalar: return scalar_type(t.number);
    case kind::enumeration: return exported(t.listed->name);
    case kind::record: return exported(t.structure->name);
    case kind::array: return "[" + std::to_string(t.count) + "]" + go_type(*t.element);
    case kind::fixed_text: return "Text" + std::to_string(t.count);
    case kind::text: return "string";
    case kind::bytes: return "[]byte";
    case kind::sequence: return "[]" + go_type(*t.element);
    case kind::optional: return "*" + go_type(*t.element);
  }
  return {};
}

std::string go_zero(const type& t) {
  switch (t.what) {
    case kind::nothing: return {};
    case kind::scalar: return t.number == scalar::boolean ? "false" : "0";
    case kind::enumeration: return "0";
    case kind::record:
    case kind::array:
    case kind::fixed_text: return go_type(t) + "{}";
    case kind::text: return "\"\"";
    case kind::bytes:
    case kind::sequence:
    case kind::optional: return "nil";
  }
  return {};
}

std::string go_signature(const std::vector<go_parameter>& parameters) {
  std::string out;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i > 0) out += ", ";
    out += parameters[i].name;
    if (i + 1 == parameters.size() || parameters[i + 1].type != parameters[i].type) out += ' ' + parameters[i].type;
  }
  return out;
}

std::string go_more(const std::string& list) { return list.empty() ? list : ", " + list; }

std::string go_arguments(const std::vector<go_parameter>& parameters) {
  std::vector<std::string> names;
  for (const go_parameter& p : parameters) names.push_back(p.name);
  return joined(names, ", ");
}

std::string go_receiver(std::string_view type, const std::set<std::string>& taken) {
  std::set<std::string> used = taken;
  used.insert({"b", "i", "if", "j", "k", "r", "w"}); // a keyword, and what the code of a frame calls its own
  std::string word = unexported(type);
  if (used.contains(word)) word += "Value";
  const std::string first = word.substr(0, 1), second = word.substr(0, 2);
  return free_name(used, {first, second, word});
}

}  // namespace ringcall::gen
