// Reads a description: first its lines, then the types as methods reach them.

#include "description.hpp"

#include "ringcall/abi.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <map>
#include <optional>
#include <set>

namespace ringcall::load {
namespace {

constexpr std::size_t suffixes_max = 16; // dimensions, [] and ? behind a type's name

constexpr std::array<std::string_view, 11> scalar_names = {"bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"};

std::optional<scalar> scalar_named(std::string_view name) noexcept {
  const auto at = std::ranges::find(scalar_names, name);
  if (at == scalar_names.end()) return std::nullopt;
  return static_cast<scalar>(at - scalar_names.begin());
}

// A number as a whole; nothing if it is none, or too large.
template <class T>
std::optional<T> number(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

constexpr std::uint64_t rounded_up(std::uint64_t size, std::uint64_t align) noexcept { return (size + align - 1) / align * align; }

struct line {
  std::size_t number; // in the text, from 1
  std::string_view key;
  std::string_view whole;
  std::vector<std::pair<std::string_view, std::string_view>> attributes;

  std::optional<std::string_view> value(std::string_view name) const noexcept {
    for (const auto& [n, v] : attributes) {
      if (n == name) return v;
    }
    return std::nullopt;
  }
};

// Bytes that a terminal or a file would take for something else are shown as '?'.
std::string shown(std::string_view text) {
  std::string s(text.substr(0, 60));
  for (char& c : s) {
    if (c < ' ' || c > '~') c = '?';
  }
  return s + (text.size() > 60 ? "..." : "");
}

[[noreturn]] void bad(const line& at, const std::string& expected) {
  throw bad_description("line " + std::to_string(at.number) + " of the server's description is \"" + shown(at.whole) + "\", expected " + expected);
}

line read_line(std::string_view text, std::size_t number) {
  line l{number, {}, text, {}};
  const std::size_t colon = text.find(": ");
  const bool printable = std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c != 0x7f; });
  if (colon == std::string_view::npos || !printable) bad(l, "\"key: attribute value, ...\"");
  l.key = text.substr(0, colon);
  for (std::string_view rest = text.substr(colon + 2); !rest.empty();) {
    const std::size_t comma = std::min(rest.find(", "), rest.size());
    const std::string_view attribute = rest.substr(0, comma);
    const std::size_t space = std::min(attribute.find(' '), attribute.size());
    l.attributes.emplace_back(attribute.substr(0, space), attribute.substr(std::min(space + 1, attribute.size())));
    rest.remove_prefix(std::min(comma + 2, rest.size()));
  }
  return l;
}

}  // namespace

// Of one service: its types have names of their own.
class parser {
 public:
  parser(description& out, std::string_view service) : out_(out), service_(service) {}

  void add(line l) {
    if (!lines_.try_emplace(l.key, l).second) bad(l, "each key once");
    const std::size_t dot = l.key.find('.');
    if (dot != std::string_view::npos) {
      children_[l.key.substr(0, dot)].push_back(l);
    } else if (l.key.size() > service_.size() && l.key.starts_with(service_) && l.key[service_.size()] == ' ') {
      methods_.push_back(l);
    }
  }

  void finish() {
    for (const line& l : methods_) out_.methods_.push_back(read_method(l));
  }

 private:
  template <class T>
  T number_of(const line& l, std::string_view name, T most) const {
    const auto value = l.value(name);
    const auto n = value ? number<T>(*value) : std::nullopt;
    if (!n || *n > most) bad(l, "\"" + std::string(name) + "\" and a number, " + std::to_string(most) + " at most");
    return *n;
  }

  method read_method(const line& l) {
    method m;
    const auto id = number<std::uint16_t>(l.key.substr(service_.size() + 1));
    const auto name = l.value("name"), how = l.value("kind");
    if (!id || !name || name->empty() || !how || (*how != "call" && *how != "oneway")) bad(l, "\"SERVICE NUMBER: name NAME, kind call|oneway, request SIZE, answer SIZE\"");
    m.id = *id;
    m.name = service_ + "." + std::string(*name);
    if (!ids_.insert(m.id).second) bad(l, "each method's number once");
    m.described = true;
    m.oneway = *how == "oneway";
    m.request_size = number_of<std::uint32_t>(l, "request", head_size_max);
    if (!m.oneway) m.answer_size = number_of<std::uint32_t>(l, "answer", head_size_max);
    reached_.clear();
    reach(l);
    if (const auto errors = l.value("errors")) m.errors = listed(*errors, l);
    for (const line& p : children_[l.key]) {
      reach(p);
      field f = read_field(p, l.key);
      if (f.name == "return") {
        if (f.of.size > m.answer_size || m.oneway) bad(p, "a result of the " + std::to_string(m.answer_size) + " bytes that the method answers");
        m.result.push_back(std::move(f));
      } else {
        m.parameters.push_back(std::move(f));
      }
    }
    check_places(m.parameters, m.request_size, l);
    for (const std::string_view s : reached_) m.lines.emplace_back(s);
    std::ranges::sort(m.lines);
    return m;
  }

  field read_field(const line& l, std::string_view parent) {
    field f{std::string(l.key.substr(parent.size() + 1)), {}, 0};
    const auto name = l.value("type");
    if (!name) bad(l, "\"type TYPE, offset NUMBER\"");
    f.of = read_type(*name, l);
    const bool is_method = parent.find(' ') != std::string_view::npos;
    if (!is_method || f.name != "return") f.offset = number_of<std::uint32_t>(l, "offset", head_size_max); // a result is all of the answer
    return f;
  }

  // Heads in ascending order, apart, inside.
  void check_places(const std::vector<field>& fields, std::uint32_t size, const line& l) const {
    std::uint64_t end = 0;
    for (const field& f : fields) {
      if (f.offset < end || std::uint64_t{f.offset} + f.of.size > size) {
        bad(l, "fields apart, in order and within " + std::to_string(size) + " bytes; '" + shown(f.name) + "' has " + std::to_string(f.of.size) + " at " + std::to_string(f.offset));
      }
      end = std::uint64_t{f.offset} + f.of.size;
    }
  }

  // NAME, then dimensions, then [] and ? in any order: i32[3][2] is 3 of i32[2].
  type read_type(std::string_view text, const line& l) {
    std::size_t end = std::min(text.find_first_of("[?"), text.size());
    std::string_view base = text.substr(0, end);
    std::vector<std::uint32_t> counts;
    std::size_t suffixes = 0;
    while (end + 1 < text.size() && text[end] == '[' && text[end + 1] != ']') {
      const std::size_t close = text.find(']', end);
      const auto count = close == std::string_view::npos ? std::nullopt : number<std::uint32_t>(text.substr(end + 1, close - end - 1));
      if (!count || *count == 0 || ++suffixes > suffixes_max) bad(l, "a type whose dimensions are numbers from 1 on");
      counts.push_back(*count);
      end = close + 1;
    }
    type t = base_type(base, counts, l);
    for (auto count = counts.rbegin(); count != counts.rend(); ++count) t = array_of(std::move(t), *count, l);
    while (end < text.size()) {
      const bool sequence = text.substr(end).starts_with("[]");
      if ((!sequence && text[end] != '?') || ++suffixes > suffixes_max) bad(l, "a type with [] and ? behind it, " + std::to_string(suffixes_max) + " at most");
      t = sequence ? sequence_of(std::move(t)) : optional_of(std::move(t));
      end += sequence ? 2 : 1;
    }
    return t;
  }

  type base_type(std::string_view name, std::vector<std::uint32_t>& counts, const line& l) {
    type t;
    if (const auto s = scalar_named(name)) {
      t.number = *s;
      t.size = t.align = size_of(*s);
      return t;
    }
    if (name == "text" && !counts.empty()) { // text[12][3]: 3 of text[12]
      t.what = kind::fixed_text;
      t.count = counts.front();
      counts.erase(counts.begin());
      if (t.count > 0xffff) bad(l, "a text of 65535 bytes at most");
      t.size = static_cast<std::uint32_t>(rounded_up(2 + t.count, 2));
      t.align = 2;
      return t;
    }
    if (name == "text" || name == "bytes") {
      t.what = name == "text" ? kind::text : kind::bytes;
      t.size = 8;
      t.align = 4;
      t.fixed = false;
      return t;
    }
    const auto found = lines_.find(name);
    if (found == lines_.end()) bad(l, "a type that is described; '" + shown(name) + "' is not");
    reach(found->second);
    if (found->second.value("type")) {
      t.what = kind::enumeration;
      t.listed = listed(name, l);
      t.number = t.listed->underlying;
      t.size = t.align = size_of(t.number);
      return t;
    }
    t.what = kind::record;
    t.structure = structure(name, found->second);
    t.size = t.structure->size;
    t.align = t.structure->align;
    t.fixed = t.structure->fixed;
    return t;
  }

  type array_of(type element, std::uint32_t count, const line& l) {
    if (!element.fixed || std::uint64_t{element.size} * count > head_size_max) bad(l, "an array of fixed elements, " + std::to_string(head_size_max) + " bytes at most");
    type t;
    t.what = kind::array;
    t.count = count;
    t.size = element.size * count;
    t.align = element.align;
    t.element = std::make_shared<const type>(std::move(element));
    return t;
  }

  static type sequence_of(type element) {
    type t;
    t.what = kind::sequence;
    t.size = 8;
    t.align = 4;
    t.fixed = false;
    t.element = std::make_shared<const type>(std::move(element));
    return t;
  }

  static type optional_of(type element) {
    type t;
    t.what = kind::optional;
    t.align = element.align;
    t.size = static_cast<std::uint32_t>(rounded_up(element.align + element.size, element.align));
    t.fixed = false;
    t.element = std::make_shared<const type>(std::move(element));
    return t;
  }

  std::shared_ptr<const record> structure(std::string_view name, const line& l) {
    const auto [at, fresh] = records_.try_emplace(name, nullptr);
    if (!fresh && at->second == nullptr) bad(l, "a struct that does not contain itself");
    if (!fresh) {
      for (const std::string_view s : record_lines_[name]) reached_.insert(s);
      return at->second;
    }
    // What it reaches is noted once for it, and taken over by all methods that reach it.
    std::set<std::string_view> outer;
    outer.swap(reached_);
    auto r = std::make_shared<record>();
    r->name = name;
    r->size = number_of<std::uint32_t>(l, "size", head_size_max);
    r->align = number_of<std::uint32_t>(l, "align", 8);
    if (r->size == 0 || !std::has_single_bit(r->align)) bad(l, "\"size NUMBER, align 1|2|4|8\"");
    reach(l);
    if (++depth_ > depth_max) bad(l, "structs nested less deep");
    for (const line& child : children_[name]) {
      reach(child);
      r->fields.push_back(read_field(child, name));
      r->fixed = r->fixed && r->fields.back().of.fixed;
    }
    --depth_;
    check_places(r->fields, r->size, l);
    record_lines_[name] = reached_;
    reached_.insert(outer.begin(), outer.end());
    return records_[name] = r;
  }

  std::shared_ptr<const enumeration> listed(std::string_view name, const line& from) {
    const auto found = lines_.find(name);
    if (found == lines_.end()) bad(from, "an enumeration that is described; '" + shown(name) + "' is not");
    const line& l = found->second;
    reach(l);
    for (const line& child : children_[name]) reach(child);
    if (const auto known = enumerations_.find(name); known != enumerations_.end()) return known->second;
    const auto underlying = l.value("type");
    const auto s = underlying ? scalar_named(*underlying) : std::nullopt;
    if (!s || *s == scalar::f32 || *s == scalar::f64) bad(l, "an enumeration: \"type\" and an integer's type");
    auto e = std::make_shared<enumeration>();
    e->name = name;
    e->underlying = *s;
    for (const line& child : children_[name]) e->values.push_back({std::string(child.key.substr(name.size() + 1)), enumerator_value(child, *s)});
    return enumerations_[name] = e;
  }

  static std::uint64_t enumerator_value(const line& l, scalar s) {
    const std::string_view text = l.value("value").value_or("");
    const unsigned bits = s == scalar::boolean ? 1 : 8 * size_of(s);
    if (is_signed(s)) {
      const auto value = number<std::int64_t>(text);
      if (value && (*value >> (bits - 1) == 0 || *value >> (bits - 1) == -1)) return static_cast<std::uint64_t>(*value);
    } else {
      const auto value = number<std::uint64_t>(text);
      if (value && (bits == 64 || *value >> bits == 0)) return *value;
    }
    bad(l, "\"value\" and a number of the enumeration's type");
  }

  void reach(const line& l) { reached_.insert(l.whole); }

  static constexpr int depth_max = 256;

  description& out_;
  std::string service_;
  std::map<std::string_view, line> lines_;
  std::map<std::string_view, std::vector<line>> children_; // in order
  std::vector<line> methods_;
  std::set<std::uint16_t> ids_;
  std::map<std::string_view, std::shared_ptr<const record>> records_; // null: being read
  std::map<std::string_view, std::set<std::string_view>> record_lines_;
  std::map<std::string_view, std::shared_ptr<const enumeration>> enumerations_;
  std::set<std::string_view> reached_; // of the method or struct being read
  int depth_ = 0;
};

description description::parse_if_good(std::string_view text) {
  try {
    return parse(text);
  } catch (const bad_description&) {
    return {};
  }
}

description description::parse(std::string_view text) {
  description d;
  if (text.size() > RINGCALL_INTERFACE_SIZE_MAX) throw bad_description("a description of " + std::to_string(text.size()) + " bytes, expected " + std::to_string(RINGCALL_INTERFACE_SIZE_MAX) + " at most");
  std::optional<parser> service;
  std::set<std::string_view> services;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (whole.empty()) continue;
    line l = read_line(whole, number);
    if (l.key.starts_with("service ")) {
      const std::string_view name = l.key.substr(8);
      if (name.empty() || name.find_first_of(" .") != std::string_view::npos || !services.insert(name).second) bad(l, "a service's name, each once");
      if (service) service->finish();
      service.emplace(d, name);
    } else if (!service) {
      bad(l, "a service's line first");
    } else {
      service->add(std::move(l));
    }
  }
  if (service) service->finish();
  return d;
}

}  // namespace ringcall::load
