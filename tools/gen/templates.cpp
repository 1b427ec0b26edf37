// The class templates that ringcall knows, and what to write instead of those it does not.

#include "types.hpp"

#include <charconv>
#include <limits>
#include <utility>

namespace ringcall::gen {
namespace {

std::string without_const(std::string spelling) {
  if (spelling.starts_with("const ")) spelling.erase(0, 6);
  if (spelling.ends_with(" const")) spelling.erase(spelling.size() - 6);
  return spelling;
}

bool is_const(CXType t) { return clang_isConstQualifiedType(clang_getCanonicalType(t)) != 0; }

bool is_byte(CXType t) {
  const CXType canonical = clang_getCanonicalType(t);
  return canonical.kind == CXType_Enum && clang::library_name(clang_getTypeDeclaration(canonical)) == "std::byte";
}

bool has_std_allocator(CXType canonical) {
  const int last = clang_Type_getNumTemplateArguments(canonical) - 1;
  const CXType allocator = clang_Type_getTemplateArgumentAsType(canonical, static_cast<unsigned>(last));
  return clang::library_name(clang_getTypeDeclaration(allocator)) == "std::allocator";
}

// Of a std::span.
bool has_dynamic_extent(CXType canonical) {
  constexpr auto dynamic = std::numeric_limits<std::uint64_t>::max();
  return number_argument(canonical, 1).value_or(dynamic) == dynamic;
}

std::string instead_of(const std::string& name) {
  static const std::pair<const char*, const char*> table[] = {
      {"std::pair", "write a struct with named fields"},
      {"std::tuple", "write a struct with named fields"},
      {"std::variant", "write an enum that says which, and a struct of std::optional"},
      {"std::unique_ptr", "write the value; or keep the object in the server and pass its id (ringcall::handles)"},
      {"std::shared_ptr", "write the value; or keep the object in the server and pass its id (ringcall::handles)"},
      {"std::function", "there are no callbacks; return a result"},
      {"std::chrono::duration", "write std::int64_t and name the unit: wait_ns"},
      {"std::chrono::time_point", "write std::int64_t and name the unit and the epoch: posted_unix_ns"},
      {"std::bitset", "write an unsigned integer of fixed size"},
      {"std::atomic", "write the value"},
      {"std::complex", "write a struct of two double"},
      {"std::initializer_list", "write std::span<const T>"},
      {"std::list", "write std::span<const T> or ringcall::sequence<T>, in results std::vector<T>"},
      {"std::deque", "write std::span<const T> or ringcall::sequence<T>, in results std::vector<T>"},
      {"std::set", "write std::span<const T> or ringcall::sequence<T>, in results std::vector<T>"},
      {"std::unordered_set", "write std::span<const T> or ringcall::sequence<T>, in results std::vector<T>"},
      {"std::map", "write a struct of key and value and pass a sequence of it"},
      {"std::unordered_map", "write a struct of key and value and pass a sequence of it"},
      {"ringcall::result", "it stands around a method's result only; write std::optional<T>, or throw ringcall::failure"},
  };
  for (const auto& [template_name, text] : table) {
    if (name == template_name) return text;
  }
  return "known are std::array, std::optional, std::span, std::string_view, ringcall::fixed_text, ringcall::sequence, in results also "
      "std::string, std::vector and ringcall::result; "
         "write a plain struct for anything else";
}

const char* const bool_text = "a byte that a hostile peer wrote as 2 would be there unseen; write std::uint8_t for the bool";

}  // namespace

CXType template_argument(CXType t, unsigned index) {
  const CXType real = clang_Type_getTemplateArgumentAsType(clang_getCanonicalType(t), index);
  const CXType written = clang_Type_getTemplateArgumentAsType(t, index);
  if (written.kind == CXType_Invalid) return real;
  // An alias template has arguments of its own; they may be others.
  const bool same = without_const(clang::spelling(clang_getCanonicalType(written))) == without_const(clang::spelling(real));
  return same ? written : real;
}

std::optional<std::uint64_t> number_argument(CXType canonical, int index) {
  const std::string text = clang::spelling(canonical);
  int depth = 0, at = 0;
  std::string argument;
  for (const char c : text) {
    if (c == '>') --depth;
    if (depth == 1 && c == ',') ++at;
    if (depth == 1 && at == index && c >= '0' && c <= '9') argument += c;
    if (c == '<') ++depth;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), number);
  if (at < index || argument.empty() || error != std::errc()) return std::nullopt;
  return number;
}

std::optional<type> type_reader::read_template(const std::string& name, CXType t, CXType canonical, const place& p) {
  if (name == "std::basic_string_view") return read_text(t, canonical, false, p);
  if (name == "std::basic_string") return read_text(t, canonical, true, p);
  if (name == "std::span") return read_span(t, canonical, p);
  if (name == "std::vector") return read_vector(t, canonical, p);
  if (name == "std::optional") return read_optional(t, p);
  if (name == "ringcall::sequence") return read_sequence(t, p);
  if (name == "ringcall::fixed_text") return read_fixed_text(canonical, p);
  if (name != "std::array") return refuse(p, "is '" + shown(t) + "', of a template that ringcall does not know; " + instead_of(name));
  auto element = read(template_argument(t, 0), p);
  if (!element) return std::nullopt;
  const std::uint64_t count = number_argument(canonical, 1).value_or(0);
  const std::string spelling = "::std::array<" + element->spelling + ", " + std::to_string(count) + ">";
  return array_of(std::move(*element), count, spelling, p);
}

std::optional<type> type_reader::read_text(CXType t, CXType canonical, bool owned, const place& p) {
  const CXType of = clang_Type_getTemplateArgumentAsType(canonical, 0);
  if ((of.kind != CXType_Char_S && of.kind != CXType_Char_U) || (owned && !has_std_allocator(canonical))) {
    return refuse(p, "is '" + shown(t) + "'; text is UTF-8 in char: write std::string_view, in results also std::string");
  }
  type found;
  found.what = kind::text;
  found.fixed = false;
  found.owned = owned;
  found.spelling = owned ? "::std::string" : "::std::string_view";
  return finish(found, extent_head(), p);
}

std::optional<type> type_reader::sequence_of(type element, std::string spelling, bool owned, const place& p) {
  if (element.fixed && element.has_bool) return refuse(p, "is a sequence of '" + shown(element.spelling) + "', which holds a bool: " + bool_text);
  type t;
  t.what = kind::sequence;
  t.fixed = false;
  t.owned = owned;
  t.spelling = std::move(spelling);
  t.element = std::make_shared<type>(std::move(element));
  return finish(t, extent_head(), p);
}

std::optional<type> type_reader::read_span(CXType t, CXType canonical, const place& p) {
  const CXType of = template_argument(t, 0);
  if (clang_getCanonicalType(of).kind == CXType_Pointer) return read(of, p);
  if (!is_const(clang_Type_getTemplateArgumentAsType(canonical, 0))) {
    return refuse(p, "is '" + shown(t) + "', data that could be changed; write std::span<const T> (only the answers of a method marked "
        "batch are mutable)");
  }
  if (!has_dynamic_extent(canonical)) {
    return refuse(p, "is '" + shown(t) + "', a span of constant size; write std::array<T, N> for exactly N, std::span<const T> for any number");
  }
  type found;
  if (is_byte(of)) {
    found.what = kind::bytes;
    found.fixed = false;
    found.spelling = "::std::span<const ::std::byte>";
    return finish(found, extent_head(), p);
  }
  auto element = read(of, p);
  if (!element) return std::nullopt;
  if (!element->fixed) {
    return refuse(p, "is a span of '" + shown(element->spelling) + "', which does not lie in the request as C++ has it; write "
        "ringcall::sequence<" + view_of(*element) + ">, or std::vector<T> in a result");
  }
  const std::string spelling = "::std::span<const " + element->spelling + ">";
  return sequence_of(std::move(*element), spelling, false, p);
}

std::optional<type> type_reader::read_vector(CXType t, CXType canonical, const place& p) {
  if (!has_std_allocator(canonical)) return refuse(p, "is '" + shown(t) + "', with an allocator of its own; write std::vector<T>");
  const CXType of = template_argument(t, 0);
  type found;
  if (is_byte(of)) {
    found.what = kind::bytes;
    found.fixed = false;
    found.owned = true;
    found.spelling = "::std::vector<::std::byte>";
    return finish(found, extent_head(), p);
  }
  auto element = read(of, p);
  if (!element) return std::nullopt;
  const std::string spelling = "::std::vector<" + element->spelling + ">";
  return sequence_of(std::move(*element), spelling, true, p);
}

std::optional<type> type_reader::read_sequence(CXType t, const place& p) {
  auto element = read(template_argument(t, 0), p);
  if (!element) return std::nullopt;
  if (element->fixed) {
    const bool is_bool = element->what == kind::scalar && element->has_bool;
    return refuse(p, "is a ringcall::sequence of '" + shown(element->spelling) + "', whose size is constant; write std::span<const " +
                         (is_bool ? "std::uint8_t" : shown(element->spelling)) + ">, which is seen in place");
  }
  if (element->owned) return refuse(p, "is a view of '" + shown(element->spelling) + "', which owns its data; write ringcall::sequence<" +
      view_of(*element) + ">, or std::vector<" + shown(element->spelling) + "> in a result");
  const std::string spelling = "::ringcall::sequence<" + element->spelling + ">";
  return sequence_of(std::move(*element), spelling, false, p);
}

std::optional<type> type_reader::read_optional(CXType t, const place& p) {
  auto element = read(template_argument(t, 0), p);
  if (!element) return std::nullopt;
  if (element->what == kind::optional) return refuse(p, "is an optional of an optional, which Go cannot tell apart; write one std::optional");
  type found;
  found.what = kind::optional;
  found.fixed = false;
  found.owned = element->owned;
  found.has_bool = element->has_bool;
  found.spelling = "::std::optional<" + element->spelling + ">";
  const head h = optional_head(*element);
  found.element = std::make_shared<type>(std::move(*element));
  return finish(found, h, p);
}

std::optional<type> type_reader::read_fixed_text(CXType canonical, const place& p) {
  const std::uint64_t capacity = number_argument(canonical, 0).value_or(0);
  if (capacity < 1 || capacity > 65535) return refuse(p, "is a fixed_text of " + std::to_string(capacity) +
      " bytes; it has 1 to 65535; write std::string_view for text of any size");
  type found;
  found.what = kind::fixed_text;
  found.count = static_cast<std::uint32_t>(capacity);
  found.spelling = "::ringcall::fixed_text<" + std::to_string(capacity) + ">";
  return finish(found, fixed_text_head(capacity), p);
}

std::optional<type> type_reader::read_batch_span(CXType t, const place& p, bool constant) {
  const CXType canonical = clang_getCanonicalType(t);
  const std::string wanted = constant ? "std::span<const Request>" : "std::span<Answer>";
  const bool is_span = canonical.kind == CXType_Record && clang::library_name(clang_getTypeDeclaration(canonical)) == "std::span" &&
                       has_dynamic_extent(canonical);
  if (!is_span || is_const(clang_Type_getTemplateArgumentAsType(canonical, 0)) != constant) {
    return refuse(p, "is '" + shown(t) + "'; a batch method is void name(std::span<const Request> requests, std::span<Answer> answers): "
        "write " + wanted);
  }
  auto element = read(template_argument(t, 0), p);
  if (!element) return std::nullopt;
  if (!element->fixed) return refuse(p, "holds '" + shown(element->spelling) + "', whose size varies; the records of a batch are numbers, "
      "enums, ringcall::fixed_text and structs of these");
  if (element->has_bool) return refuse(p, "holds a bool ('" + shown(element->spelling) + "'): " + bool_text);
  return element;
}

std::optional<type_reader::result_types> type_reader::result_arguments(CXType t) const {
  const CXType canonical = clang_getCanonicalType(t);
  if (canonical.kind != CXType_Record || clang::library_name(clang_getTypeDeclaration(canonical)) != "ringcall::result") return std::nullopt;
  return result_types{template_argument(t, 0), template_argument(t, 1)};
}

}  // namespace ringcall::gen
