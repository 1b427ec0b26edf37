// Structs and enums of the header, once each.

#include "types.hpp"

#include <algorithm>
#include <utility>

namespace ringcall::gen {
namespace {

bool is_public(CXCursor c) {
  const CX_CXXAccessSpecifier access = clang_getCXXAccessSpecifier(c);
  return access == CX_CXXPublic || access == CX_CXXInvalidAccessSpecifier;
}

// Why generated code could not name it; empty if it can.
std::string unnameable(CXCursor definition) {
  if (clang::name(definition).empty()) return "has no name; give it one";
  if (clang::is_in_anonymous_namespace(definition)) return "is in a namespace without a name; move it into a named one";
  for (CXCursor c = definition; clang_isDeclaration(clang_getCursorKind(c)) != 0; c = clang_getCursorSemanticParent(c)) {
    if (!is_public(c)) return "is not public; move it out of the class or make it public";
  }
  return "";
}

}  // namespace

const record* type_reader::read_record(CXCursor declared, const place& p) {
  const CXCursor definition = clang_getCursorDefinition(declared);
  const std::string name = clang::name(declared);
  if (clang_Cursor_isNull(definition) != 0) {
    refuse(p, "is '" + name + "', which is declared but not defined; include the header that defines it");
    return nullptr;
  }
  if (const std::string library = clang::library_name(definition); library.starts_with("std::")) {
    refuse(p, "is '" + library + "', which ringcall does not know; write a struct of your own with what is needed of it");
    return nullptr;
  }
  const auto [known, is_new] = records_.try_emplace(clang::take(clang_getCursorUSR(definition)));
  if (!is_new) {
    if (!known->second.done) refuse(p, "makes '" + name + "' hold itself, so it has no end; refer to the others by an id or an index");
    return known->second.read;
  }
  auto r = std::make_unique<record>();
  r->name = name;
  r->qualified = clang::qualified(definition);
  r->doc = doc_of(definition);
  r->at = clang::where(definition);
  std::vector<CXCursor> fields;
  bool good = read_members(definition, *r, fields);
  if (const std::string why = unnameable(definition); !why.empty()) {
    faults_.add(r->at, (name.empty() ? std::string("the struct ") : "the struct '" + name + "' ") + why);
    good = false;
  }
  good = good && lay_out_and_check(definition, *r, fields);
  known->second.done = true;
  if (!good) return nullptr;
  known->second.read = r.get();
  found_.records.push_back(std::move(r));
  return known->second.read;
}

bool type_reader::read_members(CXCursor definition, record& r, std::vector<CXCursor>& fields) {
  bool good = true;
  const auto fault = [&](CXCursor at, const std::string& text) {
    faults_.add(clang::where(at), "the struct '" + r.name + "' " + text);
    good = false;
  };
  for (CXCursor c : clang::children(definition)) {
    switch (clang_getCursorKind(c)) {
      case CXCursor_FieldDecl:
        fields.push_back(c);
        good = read_field(c, r) && good;
        break;
      case CXCursor_CXXBaseSpecifier:
        fault(c, std::string("has a ") + (clang_isVirtualBase(c) != 0 ? "virtual base" : "base") +
            "; write the base's fields here, or a field of its type");
        break;
      case CXCursor_Constructor:
      case CXCursor_Destructor:
        if (clang_CXXMethod_isDefaulted(c) == 0) fault(c, "has a constructor or destructor, but is copied between processes as plain data; "
            "remove it (fields may have initial values)");
        break;
      case CXCursor_CXXMethod:
        if (clang_CXXMethod_isVirtual(c) != 0) fault(c, "has a virtual method, so a hidden pointer lies in it; write a plain struct, or "
            "mark a class of methods RINGCALL_SERVICE");
        if (clang::name(c) == "operator=" && clang_CXXMethod_isDefaulted(c) == 0) fault(c, "has an assignment of its own, but is copied as "
            "plain data; remove it");
        break;
      case CXCursor_UnionDecl:
        if (clang_Cursor_isAnonymousRecordDecl(c) != 0) fault(c, "holds a union: nobody knows which member holds; write std::optional "
            "fields, or an enum and the fields");
        break;
      case CXCursor_StructDecl:
      case CXCursor_ClassDecl:
        if (clang_Cursor_isAnonymousRecordDecl(c) != 0) fault(c, "holds a struct without a name; give it and the field names");
        break;
      default: break;
    }
  }
  if (good && r.fields.empty()) fault(definition, "has no fields; give it one, or leave it out");
  return good;
}

bool type_reader::read_field(CXCursor f, record& r) {
  field read_one;
  read_one.name = clang::name(f);
  read_one.at = clang::where(f);
  read_one.doc = doc_of(f);
  const place p{read_one.at, "field " + r.name + "." + read_one.name};
  const CXType t = clang_getCursorType(f);
  if (clang_Cursor_isBitField(f) != 0) {
    refuse({p.at, read_one.name.empty() ? "a field of " + r.name : p.what}, "is a bit-field, whose place depends on the compiler; write a "
        "whole integer, such as std::uint8_t, and name its bits by constants");
    return false;
  }
  if (!is_public(f)) {
    refuse(p, "is not public; write a struct with public fields");
    return false;
  }
  if (clang_isConstQualifiedType(clang_getCanonicalType(t)) != 0) {
    refuse(p, "is const, so it cannot be filled; remove const, or make it static constexpr");
    return false;
  }
  auto of = read(t, p);
  if (!of) return false;
  read_one.of = std::move(*of);
  r.fixed = r.fixed && read_one.of.fixed;
  r.owned = r.owned || read_one.of.owned;
  r.has_bool = r.has_bool || read_one.of.has_bool;
  r.fields.push_back(std::move(read_one));
  return true;
}

bool type_reader::lay_out_and_check(CXCursor definition, record& r, const std::vector<CXCursor>& fields) {
  const head h = lay_out(r.fields);
  if (h.size > head_size_max) {
    faults_.add(r.at, "the struct '" + r.name + "' takes " + std::to_string(h.size) + " bytes; at most " + std::to_string(head_size_max) +
                          " can lie in a record's fixed part; write a std::span<const T>, ringcall::sequence<T> or std::string_view for "
                              "what is large");
    return false;
  }
  r.size = static_cast<std::uint32_t>(h.size);
  r.align = h.align;
  if (!r.fixed) return true; // encoded field by field: C++'s own layout does not matter
  const std::string instead = "; remove alignas, packed and pragma pack: fields lie at multiples of their own size, as Go has them too";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const field& f = r.fields[i];
    const long long bits = clang_Cursor_getOffsetOfField(fields[i]);
    if (bits == 8LL * f.offset) continue;
    faults_.add(f.at, "field " + r.name + "." + f.name + " lies at offset " + std::to_string(bits / 8) + " for the compiler, but at " +
        std::to_string(f.offset) +
                          " by its and the earlier fields' sizes" + instead);
    return false;
  }
  const CXType whole = clang_getCursorType(definition);
  const long long size = clang_Type_getSizeOf(whole);
  const long long align = clang_Type_getAlignOf(whole);
  if (size == r.size && align == r.align) return true;
  faults_.add(r.at, "the struct '" + r.name + "' has size " + std::to_string(size) + " and alignment " + std::to_string(align) +
      " for the compiler, but " + std::to_string(r.size) + " and " +
                        std::to_string(r.align) + " by its fields" + instead);
  return false;
}

enumeration* type_reader::read_enumeration(CXCursor declared, const place& p) {
  const CXCursor definition = clang_getCursorDefinition(declared);
  const std::string name = clang::name(declared);
  if (clang_Cursor_isNull(definition) != 0) {
    refuse(p, "is the enum '" + name + "', which is declared but not defined; include the header that defines it");
    return nullptr;
  }
  const auto [known, is_new] = enumerations_.try_emplace(clang::take(clang_getCursorUSR(definition)));
  if (!is_new) return known->second;
  auto e = std::make_unique<enumeration>();
  e->name = name;
  e->qualified = clang::qualified(definition);
  e->doc = doc_of(definition);
  e->at = clang::where(definition);
  const place here{e->at, name.empty() ? std::string("the enum") : "the enum '" + name + "'"};
  if (const std::string why = unnameable(definition); !why.empty()) {
    refuse(here, why);
    return nullptr;
  }
  const auto tokens = unit_.tokens(definition);
  const auto brace = std::find(tokens.begin(), tokens.end(), "{");
  if (std::find(tokens.begin(), brace, ":") == brace) {
    refuse(here, "does not say how large it is; write its underlying type: enum class " + name + " : std::uint8_t");
    return nullptr;
  }
  const auto underlying = read(clang_getEnumDeclIntegerType(definition), {e->at, "the underlying type of " + here.what});
  if (!underlying) return nullptr;
  if (underlying->number == scalar::boolean) {
    refuse(here, "has bool beneath it; write std::uint8_t");
    return nullptr;
  }
  e->underlying = underlying->number;
  e->spelling = underlying->spelling;
  const bool is_signed = e->underlying == scalar::i8 || e->underlying == scalar::i16 || e->underlying == scalar::i32 || e->underlying == scalar::i64;
  for (CXCursor c : clang::children(definition)) {
    if (clang_getCursorKind(c) != CXCursor_EnumConstantDecl) continue;
    const std::int64_t value = is_signed ? clang_getEnumConstantDeclValue(c) : static_cast<std::int64_t>(clang_getEnumConstantDeclUnsignedValue(c));
    e->values.push_back({clang::name(c), value, doc_of(c)});
  }
  known->second = e.get();
  found_.enumerations.push_back(std::move(e));
  return known->second;
}

}  // namespace ringcall::gen
