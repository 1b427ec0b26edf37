#include "go_codec.hpp"

namespace ringcall::gen {
namespace {

// What a wire.Writer and a wire.Reader call a number.
std::string accessor(scalar number) {
  switch (number) {
    case scalar::boolean: return "Bool";
    case scalar::i8: return "I8";
    case scalar::u8: return "U8";
    case scalar::i16: return "I16";
    case scalar::u16: return "U16";
    case scalar::i32: return "I32";
    case scalar::u32: return "U32";
    case scalar::i64: return "I64";
    case scalar::u64: return "U64";
    case scalar::f32: return "F32";
    case scalar::f64: return "F64";
  }
  return {};
}

std::string underlying_type(const enumeration& e) {
  type t;
  t.what = kind::scalar;
  t.number = e.underlying;
  return go_type(t);
}

std::string free_index(const std::set<std::string>& taken) { return free_name(taken, {"i", "j", "k", "index"}); }

}  // namespace

std::string go_offset::among() const {
  if (base.empty()) return std::to_string(plus);
  return plus == 0 ? base : base + '+' + std::to_string(plus);
}

std::string go_offset::alone() const {
  std::string out;
  for (const char c : among()) out += c == '+' ? std::string(" + ") : std::string(1, c);
  return out;
}

std::string go_address(const std::string& value) { return value.starts_with('*') ? value.substr(1) : '&' + value; }
std::string go_selected(const std::string& value) { return value.starts_with('*') ? value.substr(1) : value; }

static std::string element_of(const std::string& value, const std::string& index) {
  return (value.starts_with('*') ? '(' + value + ')' : value) + '[' + index + ']';
}

void go_coder::open(const std::string& text) {
  line(text + " {");
  indent_ += '\t';
}

void go_coder::close() {
  indent_.pop_back();
  line("}");
}

std::string go_coder::fresh(std::string_view name) {
  std::string out(name);
  for (int n = 2; taken_.contains(out); ++n) out = std::string(name) + std::to_string(n);
  taken_.insert(out);
  return out;
}

void go_coder::put(const type& t, const std::string& value, const go_offset& at) {
  switch (t.what) {
    case kind::nothing: return;
    case kind::text: return line(with_ + ".PutText(" + at.among() + ", " + value + ")");
    case kind::bytes: return line(with_ + ".PutBytes(" + at.among() + ", " + value + ")");
    case kind::sequence: return put_sequence(t, value, at);
    case kind::optional:
      open("if " + value + " != nil");
      line(with_ + ".PutBool(" + at.among() + ", true)");
      put(*t.element, '*' + value, at + value_offset(t));
      return close();
    default: return put_fixed(t, value, at);
  }
}

void go_coder::put_fixed(const type& t, const std::string& value, const go_offset& at) {
  if (t.what == kind::scalar) return line(with_ + ".Put" + accessor(t.number) + "(" + at.among() + ", " + value + ")");
  if (t.what == kind::enumeration) {
    return line(with_ + ".Put" + accessor(t.listed->underlying) + "(" + at.among() + ", " + underlying_type(*t.listed) + "(" + value + "))");
  }
  if (!t.fixed) return line(go_selected(value) + ".put(" + reference() + ", " + at.among() + ")");
  line("wire.PutRecord(" + reference() + ", " + at.among() + ", " + go_address(value) + ")");
}

void go_coder::put_sequence(const type& t, const std::string& value, const go_offset& at) {
  const type& element = *t.element;
  if (element.fixed) return line("wire.PutRecords(" + reference() + ", " + at.among() + ", " + value + ")");
  const std::string first = fresh("first"), mark = fresh("mark");
  const std::string stride = std::to_string(element.size), count = "len(" + value + ")";
  line(first + ", " + mark + " := " + with_ + ".BeginSequence(" + at.among() + ", " + count + ", " + stride + ")");
  const std::string index = free_index(taken_);
  open("for " + index + " := range " + value);
  const bool is_new = taken_.insert(index).second;
  put(element, element_of(value, index), {first + '+' + stride + '*' + index});
  if (is_new) taken_.erase(index);
  close();
  line(with_ + ".EndSequence(" + at.among() + ", " + mark + ")");
}

void go_coder::read(const type& t, const std::string& value, const go_offset& at) {
  switch (t.what) {
    case kind::nothing: return;
    case kind::text: return line(value + " = " + with_ + ".Text(" + at.alone() + ")");
    case kind::bytes: return line(value + " = " + with_ + ".Bytes(" + at.alone() + ")");
    case kind::sequence: return read_sequence(t, value, at);
    case kind::optional:
      open("if " + with_ + ".Bool(" + at.alone() + ")");
      line(value + " = new(" + go_type(*t.element) + ")");
      read(*t.element, '*' + value, at + value_offset(t));
      return close();
    default: return read_fixed(t, value, at);
  }
}

void go_coder::read_fixed(const type& t, const std::string& value, const go_offset& at) {
  if (t.what == kind::scalar) return line(value + " = " + with_ + "." + accessor(t.number) + "(" + at.alone() + ")");
  if (t.what == kind::enumeration) {
    return line(value + " = " + go_type(t) + "(" + with_ + "." + accessor(t.listed->underlying) + "(" + at.alone() + "))");
  }
  if (!t.fixed) return line(go_selected(value) + ".read(" + reference() + ", " + at.among() + ")");
  line("wire.Record(" + reference() + ", " + at.among() + ", " + go_address(value) + ")");
  out_ += indented(go_normalise(t, value, taken_), indent_);
}

void go_coder::read_sequence(const type& t, const std::string& value, const go_offset& at) {
  const type& element = *t.element;
  if (element.fixed) return line(value + " = wire.Records[" + go_type(element) + "](" + reference() + ", " + at.among() + ")");
  const std::string first = fresh("first"), count = fresh("count"), end = fresh("scope");
  const std::string stride = std::to_string(element.size);
  line(first + ", " + count + ", " + end + " := " + with_ + ".BeginSequence(" + at.among() + ", " + stride + ")");
  line(value + " = make([]" + go_type(element) + ", " + count + ")");
  const std::string index = free_index(taken_);
  open("for " + index + " := range " + value);
  const bool is_new = taken_.insert(index).second;
  read(element, element_of(value, index), {first + '+' + stride + '*' + index});
  if (is_new) taken_.erase(index);
  close();
  line(with_ + ".EndSequence(" + end + ")");
}

void add_tail(go_size& sum, const type& t, const std::string& value, const std::set<std::string>& taken, const std::string& variable) {
  if (t.fixed || t.what == kind::nothing) return;
  go_size inner;
  switch (t.what) {
    case kind::record: sum.terms.push_back(go_selected(value) + ".tailSize()"); return;
    case kind::sequence:
      if (t.element->fixed) {
        const std::string count = "len(" + value + ")";
        sum.terms.push_back(t.element->size == 1 ? "wire.Pad(" + count + ")" : "wire.Pad(" + std::to_string(t.element->size) + " * " + count + ")");
        return;
      }
      break;
    case kind::optional: break;
    default: sum.terms.push_back("wire.Pad(len(" + value + "))"); return;
  }
  const auto add_inner = [&](const std::string& opening) {
    for (const std::string& term : inner.terms) inner.statements.insert(0, variable + " += " + term + '\n');
    if (!inner.statements.empty()) sum.statements += opening + " {\n" + indented(inner.statements, "\t") + "}\n";
  };
  if (t.what == kind::optional) {
    add_tail(inner, *t.element, '*' + value, taken, variable);
    return add_inner("if " + value + " != nil");
  }
  sum.terms.push_back("wire.Pad(" + std::to_string(t.element->size) + " * len(" + value + "))");
  std::set<std::string> used = taken;
  const std::string index = free_index(used);
  used.insert(index);
  add_tail(inner, *t.element, element_of(value, index), used, variable);
  add_inner("for " + index + " := range " + value);
}

std::string go_sum(const go_size& sum, const std::string& variable) {
  std::string terms = sum.terms.empty() ? "0" : joined(sum.terms, " + ");
  if (sum.terms.size() > 1) {
    // As gofmt spaces what is inside a sum.
    for (std::size_t at = terms.find(" * "); at != std::string::npos; at = terms.find(" * ", at)) terms.replace(at, 3, "*");
  }
  if (sum.statements.empty()) return "return " + terms + '\n';
  return variable + " := " + terms + '\n' + sum.statements + "return " + variable + '\n';
}

std::string go_normalise(const type& t, const std::string& value, const std::set<std::string>& taken) {
  if (!t.has_bool || !t.fixed) return {};
  switch (t.what) {
    case kind::scalar: return "wire.Normalise(" + go_address(value) + ")\n";
    case kind::record: return go_selected(value) + ".normalise()\n";
    case kind::array: {
      std::set<std::string> used = taken;
      const std::string index = free_index(used);
      used.insert(index);
      return "for " + index + " := range " + value + " {\n" + indented(go_normalise(*t.element, element_of(value, index), used), "\t") + "}\n";
    }
    default: return {};
  }
}

}  // namespace ringcall::gen
