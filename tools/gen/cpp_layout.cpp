// What the compiler of the server must agree with: layouts, and how messages lie in frames.

#include "emit_cpp.hpp"
#include "names.hpp"
#include "text.hpp"

#include <algorithm>
#include <vector>

namespace ringcall::gen {
namespace {

constexpr std::uint32_t fixed_text_size = 2; // bytes of its size, in front of the text

void add_bool_offsets(const type& t, std::uint32_t at, std::vector<std::string>& offsets);

void add_bool_offsets(const std::vector<field>& fields, std::uint32_t at, std::vector<std::string>& offsets) {
  for (const field& f : fields) add_bool_offsets(f.of, at + f.offset, offsets);
}

void add_bool_offsets(const type& t, std::uint32_t at, std::vector<std::string>& offsets) {
  if (t.what == kind::scalar && t.number == scalar::boolean) offsets.push_back(std::to_string(at));
  if (t.what == kind::record) add_bool_offsets(t.structure->fields, at, offsets);
  if (t.what != kind::array || !t.has_bool) return;
  for (std::uint32_t i = 0; i < t.count; ++i) add_bool_offsets(*t.element, at + i * t.element->size, offsets);
}

// Before the first use of the type in a template of ringcall's.
std::string bool_offsets(const std::string& type, const std::vector<field>& fields) {
  std::vector<std::string> offsets;
  add_bool_offsets(fields, 0, offsets);
  if (offsets.empty()) return {};
  return fill(R"(
template <>
inline constexpr std::array<std::uint32_t, $count> ringcall::bool_offsets<$type>{$offsets};
)", {{"count", std::to_string(offsets.size())}, {"type", type}, {"offsets", joined(offsets, ", ")}});
}

void mark_used(const type& t, std::uint32_t at, std::vector<bool>& used) {
  switch (t.what) {
    case kind::record:
      for (const field& f : t.structure->fields) mark_used(f.of, at + f.offset, used);
      return;
    case kind::array:
      for (std::uint32_t i = 0; i < t.count; ++i) mark_used(*t.element, at + i * t.element->size, used);
      return;
    default:
      const std::uint32_t size = t.what == kind::fixed_text ? fixed_text_size + t.count : t.size;
      std::fill_n(used.begin() + at, size, true);
  }
}

// Before the first use of the type in a template of ringcall's, too.
std::string padding(const record& r) {
  std::vector<bool> used(r.size);
  for (const field& f : r.fields) mark_used(f.of, f.offset, used);
  std::vector<std::string> ranges;
  for (auto end = used.begin(); end != used.end();) {
    const auto begin = std::find(end, used.end(), false);
    end = std::find(begin, used.end(), true);
    if (begin != end) ranges.push_back('{' + std::to_string(begin - used.begin()) + ", " + std::to_string(end - begin) + '}');
  }
  if (ranges.empty()) return {};
  return fill(R"(
template <>
inline constexpr std::array<ringcall::byte_range, $count> ringcall::padding_of<$type>{{$ranges}};
)", {{"count", std::to_string(ranges.size())}, {"type", r.qualified}, {"ranges", joined(ranges, ", ")}});
}

std::string assert_layout(const std::string& type, const std::vector<field>& fields, std::uint32_t size, std::uint32_t align, const std::vector<std::string>& names) {
  std::string out = "static_assert(sizeof(" + type + ") == " + std::to_string(size) + " && alignof(" + type + ") == " + std::to_string(align) + ");\n";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out += "static_assert(offsetof(" + type + ", " + names[i] + ") == " + std::to_string(fields[i].offset) + ");\n";
  }
  return out;
}

std::string offsets_of(const std::vector<field>& fields) {
  std::vector<std::string> offsets;
  for (const field& f : fields) offsets.push_back(std::to_string(f.offset));
  return "std::array<std::size_t, " + std::to_string(fields.size()) + ">{" + joined(offsets, ", ") + "}";
}

std::string record_part(const record& r) {
  std::vector<std::string> names;
  for (const field& f : r.fields) names.push_back(f.name);
  if (r.fixed) return assert_layout(r.qualified, r.fields, r.size, r.align, names) + bool_offsets(r.qualified, r.fields) + padding(r);
  for (std::string& name : names) name = "&" + r.qualified + "::" + name;
  return fill(R"(
template <>
struct ringcall::wire::codec<$type>
    : ringcall::wire::struct_codec<$type, $members> {};
static_assert(ringcall::wire::codec<$type>::head_size == $size && ringcall::wire::codec<$type>::head_align == $align);
static_assert(ringcall::wire::codec<$type>::offsets == $offsets);
)", {{"type", r.qualified}, {"members", joined(names, ", ")}, {"size", std::to_string(r.size)}, {"align", std::to_string(r.align)}, {"offsets", offsets_of(r.fields)}});
}

std::string request_struct(const service& s, const method& m) {
  std::string fields;
  for (std::size_t i = 0; i < m.parameters.size(); ++i) fields += m.parameters[i].of.spelling + ' ' + cpp_parameter(m, i) + ";\n";
  return "struct " + cpp_request_name(s, m) + " {\n" + indented(fields, "  ") + "};\n";
}

std::string request_layout(const interface& i, const service& s, const method& m) {
  std::vector<std::string> names;
  for (std::size_t n = 0; n < m.parameters.size(); ++n) names.push_back(cpp_parameter(m, n));
  const std::string type = "::" + cpp_namespace(i, "ringcall_generated") + "::" + cpp_request_name(s, m);
  return assert_layout(type, m.parameters, m.request_size, m.request_align, names) + bool_offsets(type, m.parameters);
}

// Where the parameters' heads lie in a request that is not a struct: what is made for Go relies on it, too.
std::string head_layout(const method& m) {
  std::vector<std::string> codecs;
  for (const field& p : m.parameters) codecs.push_back("ringcall::wire::codec<" + p.of.spelling + ">");
  return "static_assert(ringcall::wire::struct_layout<" + joined(codecs, ", ") + ">::offsets == " + offsets_of(m.parameters) + ");\n";
}

}  // namespace

std::string cpp_request_name(const service& s, const method& m) { return s.name + '_' + m.name + "_request"; }

std::string cpp_parameter(const method& m, std::size_t index) {
  const std::string& name = m.parameters[index].name;
  return name.empty() ? "arg" + std::to_string(index + 1) : name;
}

std::string cpp_namespace(const interface& i, std::string_view inner) {
  std::vector<std::string> names = i.namespaces;
  if (!inner.empty()) names.emplace_back(inner);
  return joined(names, "::");
}

std::string cpp_layout(const interface& i) {
  std::string structs, layouts, heads, methods, out;
  for (const service& s : i.services) {
    methods += '\n' + cpp_method_types(s);
    for (const method& m : s.methods) {
      if (has_own_request(m)) {
        structs += '\n' + request_struct(s, m);
        layouts += '\n' + request_layout(i, s, m);
      } else if (!m.fixed() && m.parameters.size() > 1) {
        heads += head_layout(m);
      }
    }
  }
  const std::string space = cpp_namespace(i, "ringcall_generated");
  if (!structs.empty()) out += "\n// Parameters of methods, as they lie in a record.\nnamespace " + space + " {\n" + structs + "\n}  // namespace " + space + '\n';
  std::string records;
  for (const auto& e : i.enumerations) records += '\n' + cpp_enumeration_types(*e);
  for (const auto& r : i.records) records += '\n' + record_part(*r) + cpp_field_types(*r);
  out += "\n// What follows must be as the generator found it, and as the clients were made: if an assertion fails, run ringcall-gen anew.\n";
  if (!heads.empty()) heads.insert(0, 1, '\n');
  return out + records + layouts + heads + methods;
}

}  // namespace ringcall::gen
