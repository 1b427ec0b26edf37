#include "describe.hpp"

#include <map>

namespace ringcall::gen {
namespace {

std::string scalar_name(scalar s) {
  switch (s) {
    case scalar::boolean: return "bool";
    case scalar::i8: return "i8";
    case scalar::u8: return "u8";
    case scalar::i16: return "i16";
    case scalar::u16: return "u16";
    case scalar::i32: return "i32";
    case scalar::u32: return "u32";
    case scalar::i64: return "i64";
    case scalar::u64: return "u64";
    case scalar::f32: return "f32";
    case scalar::f64: return "f64";
  }
  return "";
}

bool is_unsigned_64(const enumeration& e) { return e.underlying == scalar::u64; }

class description {
 public:
  explicit description(const service& s) {
    text_ = "service " + s.name + ": version 1\n";
    for (const method& m : s.methods) add(m, s.name + " " + std::to_string(m.id));
    for (const auto& [name, r] : records_) add(*r);
    for (const auto& [name, e] : enumerations_) add(*e);
  }

  std::string take() && { return std::move(text_); }

 private:
  void line(const std::string& key, const std::string& attributes) { text_ += key + ": " + attributes + "\n"; }

  void add(const method& m, const std::string& key) {
    std::string attributes = "name " + m.name + ", kind " + (m.oneway ? "oneway" : "call") + ", request " + std::to_string(m.request_size);
    if (!m.oneway) attributes += ", answer " + std::to_string(m.result.size);
    if (m.errors != nullptr) {
      attributes += ", errors " + m.errors->name;
      enumerations_[m.errors->name] = m.errors;
    }
    line(key, attributes);
    for (const field& f : m.parameters) line(key + "." + f.name, place_of(f));
    if (m.result.what != kind::nothing) line(key + ".return", "type " + name_of(m.result));
  }

  std::string place_of(const field& f) { return "type " + name_of(f.of) + ", offset " + std::to_string(f.offset); }

  // Notes what is reached on the way.
  std::string name_of(const type& t) {
    switch (t.what) {
      case kind::nothing: return "void";
      case kind::scalar: return scalar_name(t.number);
      case kind::enumeration: enumerations_[t.listed->name] = t.listed; return t.listed->name;
      case kind::record: reach(*t.structure); return t.structure->name;
      case kind::array: return array_name(t);
      case kind::fixed_text: return "text[" + std::to_string(t.count) + "]";
      case kind::text: return "text";
      case kind::bytes: return "bytes";
      case kind::sequence: return name_of(*t.element) + "[]";
      case kind::optional: return name_of(*t.element) + "?";
    }
    return "";
  }

  // i32[3][2]: 3 of i32[2], as C spells it.
  std::string array_name(const type& t) {
    std::string dimensions;
    const type* inner = &t;
    for (; inner->what == kind::array; inner = inner->element.get()) dimensions += "[" + std::to_string(inner->count) + "]";
    return name_of(*inner) + dimensions;
  }

  void reach(const record& r) {
    if (!records_.emplace(r.name, &r).second) return;
    for (const field& f : r.fields) name_of(f.of);
  }

  void add(const record& r) {
    line(r.name, "size " + std::to_string(r.size) + ", align " + std::to_string(r.align));
    for (const field& f : r.fields) line(r.name + "." + f.name, place_of(f));
  }

  void add(const enumeration& e) {
    line(e.name, "type " + scalar_name(e.underlying));
    for (const enumerator& v : e.values) {
      line(e.name + "." + v.name, "value " + (is_unsigned_64(e) ? std::to_string(static_cast<std::uint64_t>(v.value)) : std::to_string(v.value)));
    }
  }

  std::string text_;
  std::map<std::string, const record*> records_;
  std::map<std::string, const enumeration*> enumerations_;
};

}  // namespace

std::string describe(const interface&, const service& s) { return description(s).take(); }

std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash == 0 || hash == ~std::uint64_t{0} ? 1 : hash;
}

}  // namespace ringcall::gen
