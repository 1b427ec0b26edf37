#include "go_names.hpp"

#include <array>

namespace ringcall::gen {
namespace {

void collect_text_sizes(const type& t, std::set<std::uint32_t>& sizes) {
  if (t.what == kind::fixed_text) sizes.insert(t.count);
  if (t.element) collect_text_sizes(*t.element, sizes);
}

void collect_records(const type& t, std::set<const record*>& reached) {
  if (t.element) collect_records(*t.element, reached);
  if (t.structure == nullptr || !reached.insert(t.structure).second) return;
  for (const field& f : t.structure->fields) collect_records(f.of, reached);
}

void claim_types(const interface& i, const std::set<std::uint32_t>& sizes, scope& names, problems& found) {
  const location header{i.headers.front(), 1, 1};
  for (const std::uint32_t size : sizes) {
    const std::string name = "Text" + std::to_string(size);
    const std::string what = "ringcall::fixed_text<" + std::to_string(size) + ">";
    names.claim(name, what, {});
    names.claim("Make" + name, "the function that makes a " + what, {});
  }
  for (const auto& e : i.enumerations) {
    names.claim(exported(e->name), "the enum " + e->name, e->at);
    for (const enumerator& value : e->values) names.claim(enumerator_name(*e, value), "the enumerator " + e->name + "::" + value.name, e->at);
  }
  for (const auto& r : i.records) {
    names.claim(exported(r->name), "the struct " + r->name, r->at);
    scope fields("in the Go struct " + exported(r->name), found);
    for (const field& f : r->fields) fields.claim(exported(f.name), "the field " + r->name + "::" + f.name, f.at);
  }
  for (const constant& c : i.constants) names.claim(exported(c.name), "the constant " + c.name, header);
  for (const service& s : i.services) {
    const std::string name = exported(s.name);
    names.claim(name, "the service " + s.name, s.at);
    for (const char* made : {"Client", "Fake", "Interface"}) names.claim(name + made, std::string("the ") + unexported(made) + " of the service " + s.name, s.at);
    for (const std::string& made : {"Dial" + name, "Start" + name, "New" + name + "Client"}) names.claim(made, "a function that makes a client of the service " + s.name, s.at);
  }
}

// A failure's code has 32 bits and no sign, and 0 is none.
void check_codes(const enumeration& e, problems& found) {
  if (!e.errors) return;
  bool any = false;
  for (const enumerator& value : e.values) {
    any |= value.value != 0;
    if (value.value >= 0 && value.value <= std::int64_t{0xffffffff}) continue;
    found.add(e.at, "the error " + e.name + "::" + value.name + " is " + std::to_string(value.value) + "; expected a value from 1 to 4294967295: a failure's code has 32 bits and no sign");
  }
  if (!any) found.add(e.at, "methods fail with the enum " + e.name + ", which names no error (0 is none); give it enumerators from 1 on");
}

// The package's own names that nobody outside of it sees. They give way to each other.
class internal_names {
 public:
  std::string take(const std::string& wanted) {
    std::string name = wanted;
    for (int n = 2; !taken_.insert(name).second; ++n) name = wanted + std::to_string(n);
    return name;
  }
  bool has(const std::string& name) const { return taken_.contains(name); }

 private:
  std::set<std::string> taken_;
};

// A parameter gives way to all that the functions around it call.
void name_parameters(go_method& m, const internal_names& internal, problems& found) {
  scope names("among the parameters of the Go method " + m.name, found);
  std::set<std::string> plain;
  for (const field& p : m.of->parameters) plain.insert(unexported(p.name));
  for (const field& p : m.of->parameters) {
    std::string name = parameter_name(p.name);
    while (internal.has(name) || (name != unexported(p.name) && plain.contains(name))) name += "Arg";
    names.claim(name, "the parameter " + p.name, p.at);
    m.parameters.push_back({name, go_type(p.of), &p});
    m.taken.insert(name);
  }
}

constexpr std::array type_suffixes = {"Request", "Pending", "Run", "Batch", "View"};

// Whether a name that begins with the stem is somebody's.
bool is_taken(const std::string& stem, const scope& names) {
  for (const char* suffix : type_suffixes) {
    if (names.has(stem + suffix)) return true;
  }
  return false;
}

go_method name_method(const service& s, const method& m, bool alone, scope& names, internal_names& internal) {
  const std::string what = "the method " + s.name + "::" + m.name;
  go_method out;
  out.of = &m;
  out.sent = m.fixed() ? form::record : form::frame;
  out.name = method_name(m.name);
  out.stem = alone && !is_taken(out.name, names) ? out.name : exported(s.name) + out.name;
  for (const char* suffix : type_suffixes) names.claim(out.stem + suffix, "a type of " + what, m.at);
  out.variable = internal.take(unexported(s.name) + out.name);
  out.pending = internal.take(unexported(out.stem) + "Pending");
  out.sizer = internal.take("size" + out.stem);
  out.putter = internal.take("put" + out.stem);
  out.reader = internal.take("read" + out.stem);
  out.shower = internal.take("show" + out.stem);
  out.own_request = has_own_request(m);
  out.request = out.own_request ? out.stem + "Request" : m.parameters.empty() ? "struct{}" : go_type(m.parameters[0].of);
  out.answer = m.result.what == kind::nothing ? "struct{}" : go_type(m.result);
  return out;
}

// The methods of the interface, the client and the fake.
void claim_methods(const go_service& s, problems& found) {
  scope names("among the Go methods of " + s.name, found);
  for (const go_method& m : s.methods) {
    const std::string what = "the method " + s.of->name + "::" + m.of->name;
    names.claim(m.name, what, m.of->at);
    names.claim(m.name + "Func", "the fake's function for " + what, m.of->at);
  }
  for (const go_method& m : s.methods) {
    if (m.of->oneway) continue;
    const std::string what = "a form of " + s.of->name + "::" + m.of->name;
    if (!m.of->batch) names.claim("Post" + m.name, what, m.of->at);
    if (m.has_each()) names.claim(m.name + "Each", what, m.of->at);
    if (!m.of->batch) names.claim("New" + m.name + "Run", what, m.of->at);
    if (m.is_dense() && m.answers()) names.claim("New" + m.name + "Batch", what, m.of->at);
    if (m.has_view()) names.claim(m.name + "View", what, m.of->at);
  }
}

bool is_alone(const interface& i, const service& s, const method& m) {
  for (const service& other : i.services) {
    if (&other == &s) continue;
    for (const method& n : other.methods) {
      if (method_name(n.name) == method_name(m.name)) return false;
    }
  }
  return true;
}

}  // namespace

static go_service name_service(const interface& i, const service& s, scope& names, internal_names& internal) {
  go_service out;
  out.of = &s;
  out.name = exported(s.name);
  for (const method& m : s.methods) out.methods.push_back(name_method(s, m, is_alone(i, s, m), names, internal));
  const std::string local = unexported(s.name);
  out.done = internal.take(local + "Done");
  out.done_empty = internal.take(local + "DoneEmpty");
  out.description = internal.take(local + "Description");
  return out;
}

bool go_method::has_view() const {
  const type& result = of->result;
  return result.what == kind::text || result.what == kind::bytes || (result.what == kind::sequence && result.element->fixed);
}

std::set<std::uint32_t> text_sizes(const interface& i) {
  std::set<std::uint32_t> sizes;
  for (const auto& r : i.records) {
    for (const field& f : r->fields) collect_text_sizes(f.of, sizes);
  }
  for (const service& s : i.services) {
    for (const method& m : s.methods) {
      for (const field& p : m.parameters) collect_text_sizes(p.of, sizes);
      collect_text_sizes(m.result, sizes);
    }
  }
  return sizes;
}

go_package name_all(const interface& i, std::string_view package) {
  go_package out;
  out.of = &i;
  out.name = package;
  problems found;
  scope names("in Go", found);
  claim_types(i, text_sizes(i), names, found);
  internal_names internal;
  for (const auto& e : i.enumerations) {
    check_codes(*e, found);
    if (e->errors) out.errors[e.get()] = internal.take(unexported(e->name) + "Of");
  }
  for (const service& s : i.services) out.services.push_back(name_service(i, s, names, internal));
  for (go_service& s : out.services) {
    std::set<std::string> taken;
    for (go_method& m : s.methods) {
      for (const field& p : m.of->parameters) collect_records(p.of, out.sent);
      collect_records(m.of->result, out.returned);
      name_parameters(m, internal, found);
      taken.insert(m.taken.begin(), m.taken.end());
    }
    s.receiver = free_name(taken, {"c", unexported(s.name).substr(0, 1), "client"});
    claim_methods(s, found);
  }
  found.throw_if_any();
  return out;
}

}  // namespace ringcall::gen
