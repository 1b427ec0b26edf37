#include "types.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ringcall::gen {

std::string shown(const std::string& spelling) {
  std::string text;
  for (std::size_t i = 0; i < spelling.size(); ++i) {
    const bool global = spelling.compare(i, 2, "::") == 0 && (text.empty() || std::string_view("<, (").find(text.back()) != std::string_view::npos);
    if (global) {
      ++i;
    } else {
      text += spelling[i];
    }
  }
  return text;
}

std::string shown(CXType t) {
  const std::string text = shown(clang::spelling(t));
  const CXTypeKind kind = clang_getCanonicalType(t).kind;
  const bool is_value = kind != CXType_Pointer && kind != CXType_LValueReference && kind != CXType_RValueReference;
  return is_value && text.starts_with("const ") ? text.substr(6) : text; // of a value, const says nothing here
}

std::string view_of(const type& t) {
  switch (t.what) {
    case kind::text: return "std::string_view";
    case kind::bytes: return "std::span<const std::byte>";
    case kind::optional: return "std::optional<" + view_of(*t.element) + ">";
    case kind::sequence: return (t.element->fixed ? "std::span<const " : "ringcall::sequence<") + view_of(*t.element) + ">";
    case kind::record: return t.owned ? "a struct that holds views instead of " + shown(t.spelling) : shown(t.spelling);
    default: return shown(t.spelling);
  }
}

std::nullopt_t type_reader::refuse(const place& p, const std::string& found) {
  faults_.add(p.at, p.what + " " + found);
  return std::nullopt;
}

std::optional<type> type_reader::finish(type t, const head& h, const place& p) {
  if (h.size > head_size_max) {
    const std::string found = h.size > 1'000'000 ? "far too many" : std::to_string(h.size);
    return refuse(p, "takes " + found + " bytes; at most " + std::to_string(head_size_max) +
                         " bytes can lie in a record's fixed part; write a std::span<const T>, ringcall::sequence<T> or std::string_view, which take any size");
  }
  t.size = static_cast<std::uint32_t>(h.size);
  t.align = h.align;
  return t;
}

namespace {

struct number {
  CXTypeKind kind;
  scalar is;
  std::uint32_t size;
  const char* spelling;
};

constexpr std::array<number, 15> numbers{{
    {CXType_Bool, scalar::boolean, 1, "bool"},
    {CXType_SChar, scalar::i8, 1, "::std::int8_t"},
    {CXType_UChar, scalar::u8, 1, "::std::uint8_t"},
    {CXType_Short, scalar::i16, 2, "::std::int16_t"},
    {CXType_UShort, scalar::u16, 2, "::std::uint16_t"},
    {CXType_Int, scalar::i32, 4, "::std::int32_t"},
    {CXType_UInt, scalar::u32, 4, "::std::uint32_t"},
    {CXType_Long, scalar::i64, 8, "::std::int64_t"},
    {CXType_ULong, scalar::u64, 8, "::std::uint64_t"},
    {CXType_LongLong, scalar::i64, 8, "long long"}, // not std::int64_t, which is long on the platforms there are
    {CXType_ULongLong, scalar::u64, 8, "unsigned long long"},
    {CXType_Float, scalar::f32, 4, "float"},
    {CXType_Double, scalar::f64, 8, "double"},
    {CXType_Char_S, scalar::i8, 1, nullptr}, // refused: see what_instead
    {CXType_Char_U, scalar::u8, 1, nullptr},
}};

std::string what_instead(CXTypeKind kind) {
  switch (kind) {
    case CXType_Char_S:
    case CXType_Char_U: return "whose sign depends on the platform; write std::int8_t or std::uint8_t for a number, std::string_view or "
        "ringcall::fixed_text<N> for text";
    case CXType_Long: return "whose size depends on the platform; write std::int64_t";
    case CXType_ULong: return "whose size depends on the platform; write std::uint64_t";
    case CXType_WChar: return "whose size depends on the platform; write std::uint32_t, or UTF-8 text as std::string_view";
    case CXType_Char16: return "which is no number; write std::uint16_t, or UTF-8 text as std::string_view";
    case CXType_Char32: return "which is no number; write std::uint32_t, or UTF-8 text as std::string_view";
    case CXType_LongDouble:
    case CXType_Float128: return "which Go does not have; write double";
    case CXType_Int128:
    case CXType_UInt128: return "which Go does not have; write a struct of two std::uint64_t";
    case CXType_Half:
    case CXType_Float16: return "which Go does not have; write float";
    case CXType_NullPtr: return "a null pointer; remove it";
    default: return "";
  }
}

std::string pointer_fault(CXType t, CXType canonical) {
  const CXType to = clang_getPointeeType(canonical);
  const std::string found = "is a pointer ('" + shown(t) + "'), which means nothing in another process; write ";
  if (to.kind == CXType_Char_S || to.kind == CXType_Char_U) return found + "std::string_view for text, std::span<const std::byte> for bytes";
  if (to.kind == CXType_FunctionProto || to.kind == CXType_FunctionNoProto) return "is a function pointer ('" + shown(t) +
      "'), which means nothing in another process; there are no callbacks: return a result";
  if (to.kind == CXType_Void) return found + "std::span<const std::byte> for bytes, an id (ringcall::handles) for an object of the server's";
  return found + "the value itself, std::optional<T> if it may be missing, std::span<const T> or ringcall::sequence<T> for several";
}

}  // namespace

// long is a type of its own and also what std::int64_t is an alias of: only the chain of aliases tells.
bool type_reader::is_spelled_64(CXType t, int depth) const {
  for (int i = 0; i < 32; ++i) {
    std::string name = clang::spelling(t);
    name = name.substr(name.find_last_of(": ") + 1);
    if (name == "int64_t" || name == "uint64_t") return true;
    if (t.kind == CXType_Elaborated) {
      t = clang_Type_getNamedType(t);
    } else if (t.kind == CXType_Typedef) {
      t = clang_getTypedefDeclUnderlyingType(clang_getTypeDeclaration(t));
    } else if (t.kind == CXType_Unexposed && depth < 4) {
      // Named through a using declaration, as std::time_t is: libclang does not tell what it stands for, so any alias of that name does.
      const auto aliases = find_aliases(unit_, name);
      return aliases.empty() || std::any_of(aliases.begin(), aliases.end(), [&](CXCursor a) {
               return is_spelled_64(clang_getTypedefDeclUnderlyingType(a), depth + 1);
             });
    } else {
      break;
    }
  }
  return t.kind != CXType_Long && t.kind != CXType_ULong;
}

std::optional<type> type_reader::read_scalar(CXType t, CXType canonical, const place& p) {
  const std::string instead = what_instead(canonical.kind);
  const bool is_long = canonical.kind == CXType_Long || canonical.kind == CXType_ULong;
  if (!instead.empty() && !(is_long && is_spelled_64(t, 0))) return refuse(p, "is '" + shown(t) + "', " + instead);
  for (const number& n : numbers) {
    if (n.kind != canonical.kind) continue;
    type found;
    found.what = kind::scalar;
    found.number = n.is;
    found.has_bool = n.is == scalar::boolean;
    found.spelling = n.spelling;
    return finish(found, {n.size, n.size}, p);
  }
  if (shown(canonical) == "char8_t") return refuse(p, "is char8_t, which is no number; write std::uint8_t, or UTF-8 text as std::string_view");
  return refuse(p, "is '" + shown(t) + "', which ringcall does not know; write a number of fixed size, an enum, a struct, text, bytes or a "
      "sequence of these");
}

std::optional<type> type_reader::array_of(type element, std::uint64_t count, const std::string& spelling, const place& p) {
  if (count == 0) return refuse(p, "is an array without elements; write at least 1, or a std::span<const T> for any number");
  if (!element.fixed) {
    return refuse(p, "is an array of '" + shown(element.spelling) + "', whose size varies; write ringcall::sequence<" + view_of(element) + ">" +
                         (element.owned ? ", or std::vector<" + shown(element.spelling) + "> in a result" : ""));
  }
  type t;
  t.what = kind::array;
  t.has_bool = element.has_bool;
  t.count = static_cast<std::uint32_t>(count);
  t.spelling = spelling;
  const head h = array_head(element, count);
  t.element = std::make_shared<type>(std::move(element));
  return finish(t, h, p);
}

std::optional<type> type_reader::read_c_array(CXType canonical, CXType t, const place& p) {
  const CXType of = clang_getArrayElementType(t.kind == CXType_ConstantArray ? t : canonical);
  const auto count = static_cast<std::uint64_t>(clang_getArraySize(canonical));
  const CXTypeKind of_kind = clang_getCanonicalType(of).kind;
  if (of_kind == CXType_Char_S || of_kind == CXType_Char_U) {
    return refuse(p, "is an array of char; write ringcall::fixed_text<" + std::to_string(count) + "> for text, std::array<std::byte, " +
        std::to_string(count) + "> for bytes");
  }
  auto element = read(of, p);
  if (!element) return std::nullopt;
  // int[3][2] is an array of 3 of int[2]: the new dimension comes before those there are.
  std::string spelling = element->spelling;
  const auto argument_end = spelling.rfind('>');
  const auto bracket = spelling.find('[', argument_end == std::string::npos ? 0 : argument_end);
  spelling.insert(std::min(bracket, spelling.size()), "[" + std::to_string(count) + "]");
  return array_of(std::move(*element), count, spelling, p);
}

std::optional<type> type_reader::read_class(CXType t, CXType canonical, const place& p) {
  const CXCursor declared = clang_getTypeDeclaration(canonical);
  if (clang_Type_getNumTemplateArguments(canonical) >= 0) return read_template(clang::library_name(declared), t, canonical, p);
  const CXCursorKind what = clang_getCursorKind(declared);
  if (what == CXCursor_UnionDecl) return refuse(p, "is the union '" + shown(t) + "': nobody knows which member holds; write a struct of "
      "std::optional, or an enum and a struct");
  const record* r = read_record(declared, p);
  if (r == nullptr) return std::nullopt;
  type found;
  found.what = kind::record;
  found.structure = r;
  found.fixed = r->fixed;
  found.has_bool = r->has_bool;
  found.owned = r->owned;
  found.spelling = r->qualified;
  return finish(found, {r->size, r->align}, p);
}

std::optional<type> type_reader::read(CXType t, const place& p) {
  const CXType canonical = clang_getCanonicalType(t);
  if (clang_isVolatileQualifiedType(canonical) != 0) return refuse(p, "is volatile, which means nothing here; remove it");
  switch (canonical.kind) {
    case CXType_Void: return refuse(p, "is void, which is no value; only a method's result may be void");
    case CXType_Pointer: return refuse(p, pointer_fault(t, canonical));
    case CXType_MemberPointer: return refuse(p, "is a pointer to a member, which means nothing in another process; remove it");
    case CXType_LValueReference:
    case CXType_RValueReference: return refuse(p, "is a reference ('" + shown(t) + "'), which means nothing in another process; write the "
        "value itself");
    case CXType_IncompleteArray: return refuse(p, "is an array without a size; write std::array<T, N>, or std::span<const T> for any number");
    case CXType_ConstantArray: return read_c_array(canonical, t, p);
    case CXType_Record: return read_class(t, canonical, p);
    case CXType_Enum: break;
    default: return read_scalar(t, canonical, p);
  }
  type found;
  const CXCursor declared = clang_getTypeDeclaration(canonical);
  if (clang::library_name(declared) == "std::byte") {
    found.what = kind::scalar;
    found.number = scalar::u8;
    found.spelling = "::std::byte";
    return finish(found, {1, 1}, p);
  }
  const enumeration* e = read_enumeration(declared, p);
  if (e == nullptr) return std::nullopt;
  found.what = kind::enumeration;
  found.listed = e;
  found.spelling = e->qualified;
  const CXType whole = clang_getCanonicalType(clang_getEnumDeclIntegerType(clang_getCursorDefinition(declared)));
  const auto size = static_cast<std::uint32_t>(clang_Type_getSizeOf(whole));
  return finish(found, {size, size}, p);
}

}  // namespace ringcall::gen
