#include "constants.hpp"

#include "types.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>

namespace ringcall::gen {
namespace {

using evaluation = std::unique_ptr<void, decltype(&clang_EvalResult_dispose)>;

evaluation evaluate(CXCursor c) { return {clang_Cursor_Evaluate(c), clang_EvalResult_dispose}; }

struct number_type {
  CXTypeKind kind;
  scalar is;
  const char* spelling;
};

// Only a constant's value crosses, so types of this platform's size are good enough.
constexpr number_type number_types[] = {
    {CXType_Bool, scalar::boolean, "bool"},          {CXType_SChar, scalar::i8, "::std::int8_t"},     {CXType_UChar, scalar::u8, "::std::uint8_t"},
    {CXType_Short, scalar::i16, "::std::int16_t"},   {CXType_UShort, scalar::u16, "::std::uint16_t"}, {CXType_Int, scalar::i32, "::std::int32_t"},
    {CXType_UInt, scalar::u32, "::std::uint32_t"},   {CXType_Long, scalar::i64, "::std::int64_t"},    {CXType_ULong, scalar::u64, "::std::uint64_t"},
    {CXType_LongLong, scalar::i64, "::std::int64_t"}, {CXType_ULongLong, scalar::u64, "::std::uint64_t"},
    {CXType_Float, scalar::f32, "float"},            {CXType_Double, scalar::f64, "double"},
};

template <class T>
std::string shortest(T value) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  return std::string(text, end);
}

std::optional<std::string> number_text(CXCursor variable, scalar is) {
  const evaluation result = evaluate(variable);
  if (!result) return std::nullopt;
  if (is == scalar::f32 || is == scalar::f64) {
    const bool whole = clang_EvalResult_getKind(result.get()) == CXEval_Int;
    const double value = whole ? static_cast<double>(clang_EvalResult_getAsLongLong(result.get())) : clang_EvalResult_getAsDouble(result.get());
    if (!std::isfinite(value)) return std::nullopt;
    return is == scalar::f32 ? shortest(static_cast<float>(value)) : shortest(value);
  }
  if (clang_EvalResult_getKind(result.get()) != CXEval_Int) return std::nullopt;
  if (clang_EvalResult_isUnsignedInt(result.get()) == 0) {
    const long long value = clang_EvalResult_getAsLongLong(result.get());
    return is == scalar::boolean ? (value != 0 ? "true" : "false") : std::to_string(value);
  }
  const unsigned long long value = clang_EvalResult_getAsUnsigned(result.get());
  return is == scalar::boolean ? (value != 0 ? "true" : "false") : std::to_string(value);
}

bool is_char(CXType t) {
  const CXTypeKind kind = clang_getCanonicalType(t).kind;
  return kind == CXType_Char_S || kind == CXType_Char_U;
}

bool is_text(CXType t) {
  const CXType canonical = clang_getCanonicalType(t);
  if (canonical.kind == CXType_Pointer) return is_char(clang_getPointeeType(canonical));
  if (canonical.kind == CXType_ConstantArray) return is_char(clang_getArrayElementType(canonical));
  return canonical.kind == CXType_Record && clang::library_name(clang_getTypeDeclaration(canonical)) == "std::basic_string_view" &&
         is_char(clang_Type_getTemplateArgumentAsType(canonical, 0));
}

struct literal {
  CXCursor cursor = clang_getNullCursor(); // null if something is done to it, or there are several
  CXCursor around = clang_getNullCursor();
};

// The one literal that a text constant is made of: "x", "x"sv, std::string_view{"x"}.
literal literal_in(CXCursor c, CXCursor around) {
  if (clang_getCursorKind(c) == CXCursor_StringLiteral) return {c, around};
  const bool is_user_literal = clang::name(c).starts_with("operator\"\"");
  literal found;
  int expressions = 0;
  for (CXCursor child : clang::children(c)) {
    if (clang_isExpression(clang_getCursorKind(child)) == 0) continue;
    ++expressions;
    if (const literal inner = literal_in(child, c); clang_Cursor_isNull(inner.cursor) == 0) found = inner;
  }
  return expressions == 1 || is_user_literal ? found : literal{};
}

std::optional<constant> read_text(const clang::translation_unit& unit, CXCursor variable, constant k, problems& faults) {
  const literal written = literal_in(variable, variable);
  const auto tokens = unit.tokens(variable);
  if (clang_Cursor_isNull(written.cursor) != 0) {
    // A table of chars, or what is only declared, is C++'s own business.
    const bool array = clang_getCanonicalType(clang_getCursorType(variable)).kind == CXType_ConstantArray;
    if (array || std::find(tokens.begin(), tokens.end(), "constexpr") == tokens.end()) return std::nullopt;
    faults.add(clang::where(variable), "the text '" + k.name + "' is computed, so it cannot be carried over to Go; write one plain "
        "literal, or move it to another header");
    return std::nullopt;
  }
  // Clang evaluates a literal as an array, or what it decays to, but not both.
  evaluation result = evaluate(written.cursor);
  if (!result) result = evaluate(written.around);
  if (!result || clang_EvalResult_getKind(result.get()) != CXEval_StrLiteral) return std::nullopt;
  k.value = clang_EvalResult_getAsStr(result.get());
  if (static_cast<long long>(k.value.size()) + 1 != clang_getArraySize(clang_getCanonicalType(clang_getCursorType(written.cursor)))) {
    faults.add(clang::where(variable), "the text '" + k.name + "' has a zero byte in it; write it without, or move it to another header");
    return std::nullopt;
  }
  k.of.what = kind::text;
  k.of.fixed = false;
  k.of.size = 8;
  k.of.align = 4;
  k.of.spelling = "::std::string_view";
  return k;
}

}  // namespace

std::optional<constant> read_constant(const clang::translation_unit& unit, CXCursor variable, problems& faults) {
  const CXType t = clang_getCanonicalType(clang_getCursorType(variable));
  constant k;
  k.name = clang::name(variable);
  if (is_text(t)) {
    k.doc = doc_of(variable);
    return read_text(unit, variable, std::move(k), faults);
  }
  if (clang_isConstQualifiedType(t) == 0) return std::nullopt;
  for (const number_type& n : number_types) {
    if (n.kind != t.kind) continue;
    const auto value = number_text(variable, n.is);
    if (!value) return std::nullopt;
    k.doc = doc_of(variable);
    k.value = *value;
    k.of.what = kind::scalar;
    k.of.number = n.is;
    k.of.has_bool = n.is == scalar::boolean;
    k.of.size = k.of.align = static_cast<std::uint32_t>(clang_Type_getSizeOf(t));
    k.of.spelling = n.spelling;
    return k;
  }
  return std::nullopt;
}

}  // namespace ringcall::gen
