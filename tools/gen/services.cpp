#include "services.hpp"

#include "text.hpp"

#include <algorithm>
#include <utility>

namespace ringcall::gen {
namespace {

const std::string method_mark = "ringcall.method:";

bool is_callable(CXCursorKind kind) {
  return kind == CXCursor_CXXMethod || kind == CXCursor_FunctionTemplate || kind == CXCursor_ConversionFunction;
}

}  // namespace

std::optional<service> service_reader::read(CXCursor declared) {
  service s;
  s.name = clang::name(declared);
  s.qualified = clang::qualified(declared);
  s.doc = doc_of(declared);
  s.at = clang::where(declared);
  const std::string what = "the service '" + s.name + "' ";
  const CXCursorKind parent = clang_getCursorKind(clang_getCursorSemanticParent(declared));
  const auto refuse = [&](const char* text) {
    faults_.add(s.at, what + text);
    return std::nullopt;
  };
  if (clang_getCursorKind(declared) == CXCursor_ClassTemplate) return refuse("is a template; write a class for each type that is wanted");
  if (clang::is_in_anonymous_namespace(declared)) return refuse("is in a namespace without a name; move it into a named one");
  if (parent == CXCursor_ClassDecl || parent == CXCursor_StructDecl) return refuse("is inside another class; move it into a namespace");
  const auto members = clang::children(declared);
  for (CXCursor c : members) read_member(c, s);
  if (std::none_of(members.begin(), members.end(), [](CXCursor c) { return is_callable(clang_getCursorKind(c)); })) {
    return refuse("has no methods; write RINGCALL_METHOD(1) virtual void name() = 0;");
  }
  check_names(s);
  std::stable_sort(s.methods.begin(), s.methods.end(), [](const method& a, const method& b) { return a.id < b.id; });
  return s;
}

void service_reader::read_member(CXCursor c, service& s) {
  const location at = clang::where(c);
  const std::string what = "the service '" + s.name + "' ";
  const CXCursorKind kind = clang_getCursorKind(c);
  if (kind == CXCursor_CXXBaseSpecifier) faults_.add(at, what + "has a base; write the base's methods here, or make the base a service of its own");
  if (kind == CXCursor_FieldDecl) faults_.add(at, what + "has a field, '" + clang::name(c) +
      "'; it holds methods only: put data into the class that implements it");
  if (kind == CXCursor_CXXFinalAttr) faults_.add(at, what + "is final, so nothing can implement it; remove final");
  if (!is_callable(kind)) return;
  const auto marks = clang::annotations(c, method_mark);
  if (marks.size() == 1) return read_method(c, marks.front(), s);
  const std::string name = "the method '" + clang::name(c) + "' ";
  if (marks.size() > 1) {
    faults_.add(at, name + "is marked RINGCALL_METHOD twice; remove one");
  } else if (clang_CXXMethod_isPureVirtual(c) != 0) {
    faults_.add(at, name + "has no id; write RINGCALL_METHOD(id) before virtual, with a number from 0 to 65535 that stays the method's for good");
  } else if (clang_CXXMethod_isVirtual(c) != 0) {
    faults_.add(at, name + "is virtual, but neither marked nor pure; write RINGCALL_METHOD(id) before it and = 0 behind it, or remove virtual");
  }
}

void service_reader::check_form(CXCursor c, const std::string& name) {
  const location at = clang::where(c);
  const auto fault = [&](const std::string& text) { faults_.add(at, "the method '" + name + "' " + text); };
  if (clang_getCursorKind(c) == CXCursor_FunctionTemplate) return fault("is a template; write a method for each type that is wanted");
  if (name.starts_with("operator")) fault("is an operator, which Go cannot call; give it a name");
  if (clang_CXXMethod_isStatic(c) != 0) {
    fault("is static; a server has an object that implements the service: write virtual and = 0");
  } else if (clang_CXXMethod_isPureVirtual(c) == 0) {
    fault("is not pure virtual; write virtual before it and = 0 behind it");
  }
  if (clang_getCXXAccessSpecifier(c) != CX_CXXPublic) fault("is not public; write public: before it");
  if (clang_Cursor_isVariadic(c) != 0) fault("takes any number of arguments (...); write std::span<const T> or ringcall::sequence<T>");
  if (clang_Type_getCXXRefQualifier(clang_getCursorType(c)) != CXRefQualifier_None) fault("is for lvalues or rvalues only; remove the & or "
      "&& behind it");
}

// m was read from c without a fault.
static std::string signature_of(CXCursor c, const method& m, const service& s) {
  std::vector<std::string> parameters;
  if (m.batch) {
    parameters = {"::std::span<const " + m.parameters[0].of.spelling + ">", "::std::span<" + m.result.spelling + ">"};
  } else {
    for (const field& p : m.parameters) parameters.push_back(p.of.spelling);
  }
  for (unsigned i = 0; i < parameters.size(); ++i) {
    const CXType t = clang_getCanonicalType(clang_getCursorType(clang_Cursor_getArgument(c, i)));
    if (t.kind == CXType_LValueReference) parameters[i] = "const " + parameters[i] + '&';
  }
  std::string result = m.batch || m.result.what == kind::nothing ? "void" : m.result.spelling;
  if (m.result_wrapped) result = "::ringcall::result<" + result + ", " + m.errors->qualified + ">";
  if (clang_isConstQualifiedType(clang_getCanonicalType(clang_getCursorResultType(c))) != 0) result.insert(0, "const ");
  return result + " (" + s.qualified + "::*)(" + joined(parameters, ", ") + ")" + (clang_CXXMethod_isConst(c) != 0 ? " const" : "");
}

void service_reader::read_method(CXCursor c, const std::string& annotation, service& s) {
  method m;
  m.name = clang::name(c);
  m.at = clang::where(c);
  m.doc = doc_of(c);
  const std::string name = s.name + "::" + m.name;
  std::vector<std::string> wrong;
  const method_options o = parse_method_options(annotation, wrong);
  for (const std::string& w : wrong) faults_.add(m.at, name + ": " + w);
  if (o.id) {
    m.id = *o.id;
    check_id(m, s);
  }
  m.idempotent = o.idempotent;
  m.oneway = o.oneway;
  m.batch = o.batch;
  m.worker = o.worker;
  m.deadline_ns = o.deadline_ns;
  check_form(c, m.name);
  if (clang_getCursorKind(c) == CXCursor_FunctionTemplate) return;
  // Not short-circuited: what is wrong with the result is told along with what is wrong with a parameter.
  bool good = m.batch ? read_batch_parameters(c, m, name) : read_parameters(c, m, name);
  good = read_result(c, m, name) && good;
  good = read_errors(c, o.errors, m, name) && good;
  check_options(m, name);
  if (good) lay_out_request(m, name);
  if (good) m.signature = signature_of(c, m, s);
  s.methods.push_back(std::move(m));
}

namespace {

// What a parameter carries: it is passed by value or by const&.
std::optional<CXType> passed(CXType t, const place& p, problems& faults) {
  const CXType canonical = clang_getCanonicalType(t);
  const CXTypeKind inner = clang_getCanonicalType(clang_getPointeeType(canonical)).kind;
  if (canonical.kind == CXType_ConstantArray || canonical.kind == CXType_IncompleteArray || inner == CXType_ConstantArray) {
    faults.add(p.at, p.what + " is a C array, which C++ passes as a pointer; write const std::array<T, N>&, or std::span<const T> for any number");
    return std::nullopt;
  }
  if (canonical.kind == CXType_RValueReference) {
    faults.add(p.at, p.what + " is an rvalue reference ('" + shown(t) + "'); pass it by value or by const&");
    return std::nullopt;
  }
  if (canonical.kind != CXType_LValueReference) return t;
  const CXType to = clang_getPointeeType(t.kind == CXType_LValueReference ? t : canonical);
  if (clang_isConstQualifiedType(clang_getCanonicalType(to)) != 0) return to;
  faults.add(p.at, p.what + " is a reference to mutable data ('" + shown(t) + "'); pass it by value or by const&, and return what changes");
  return std::nullopt;
}

}  // namespace

bool service_reader::read_parameters(CXCursor c, method& m, const std::string& name) {
  bool good = true;
  for (int i = 0; i < clang_Cursor_getNumArguments(c); ++i) {
    const CXCursor argument = clang_Cursor_getArgument(c, static_cast<unsigned>(i));
    field f;
    f.name = clang::name(argument);
    f.at = clang::where(argument);
    const place p{f.at, f.name.empty() ? "parameter " + std::to_string(i + 1) + " of " + name : "parameter '" + f.name + "' of " + name};
    const auto fault = [&](const std::string& text) {
      faults_.add(p.at, p.what + " " + text);
      good = false;
    };
    if (f.name.empty()) fault("has no name; give it one, Go's client and the interface's description show it");
    const auto tokens = unit_.tokens(argument);
    if (std::find(tokens.begin(), tokens.end(), "=") != tokens.end()) fault("has a default, which Go does not have; remove it, or write "
        "std::optional<T>");
    const auto carried = passed(clang_getCursorType(argument), p, faults_);
    const auto of = carried ? types_.read(*carried, p) : std::nullopt;
    if (!of) {
      good = false;
      continue;
    }
    f.of = *of;
    if (f.of.owned) {
      const std::string view = view_of(f.of);
      fault("is '" + shown(f.of.spelling) + "', which owns its data; parameters are views of the request: write " + view);
    }
    m.parameters.push_back(std::move(f));
  }
  return good;
}

bool service_reader::read_batch_parameters(CXCursor c, method& m, const std::string& name) {
  if (clang_Cursor_getNumArguments(c) != 2) {
    faults_.add(m.at, name + " is marked batch and has " + std::to_string(clang_Cursor_getNumArguments(c)) +
                          " parameters; write void " + m.name + "(std::span<const Request> requests, std::span<Answer> answers)");
    return false;
  }
  const auto read_span = [&](unsigned i, const char* what) -> std::optional<type> {
    const CXCursor argument = clang_Cursor_getArgument(c, i);
    const place p{clang::where(argument), "the " + std::string(what) + " of " + name};
    const CXType t = clang_getCursorType(argument);
    const CXType to = clang_getPointeeType(t);
    return types_.read_batch_span(t.kind == CXType_LValueReference && clang_isConstQualifiedType(clang_getCanonicalType(to)) != 0 ? to : t,
        p, i == 0);
  };
  const auto request = read_span(0, "requests");
  const auto answer = read_span(1, "answers");
  if (!request || !answer) return false;
  m.parameters.push_back({"request", *request, 0, "", clang::where(clang_Cursor_getArgument(c, 0))});
  m.result = *answer;
  return true;
}

bool service_reader::read_result(CXCursor c, method& m, const std::string& name) {
  CXType t = clang_getCursorResultType(c);
  if (m.batch) {
    if (clang_getCanonicalType(t).kind == CXType_Void) return true;
    faults_.add(m.at, name + " is marked batch and returns '" + shown(t) + "'; it writes its answers into the second span: return void");
    return false;
  }
  const place p{m.at, "the result of " + name};
  if (const auto wrapped = types_.result_arguments(t)) {
    m.result_wrapped = true;
    t = wrapped->value;
    const CXType error = clang_getCanonicalType(wrapped->error);
    if (error.kind != CXType_Enum) {
      faults_.add(m.at, p.what + " has '" + shown(wrapped->error) + "' for its errors; write an enum with an underlying type: enum class "
          "error : std::uint32_t");
      return false;
    }
    enumeration* e = types_.read_enumeration(clang_getTypeDeclaration(error), p);
    if (e == nullptr) return false;
    m.errors = e;
    check_error_values(*e, name);
  }
  const CXType canonical = clang_getCanonicalType(t);
  if (canonical.kind == CXType_Void) return true;
  if (canonical.kind == CXType_LValueReference || canonical.kind == CXType_RValueReference) {
    faults_.add(m.at, p.what + " is a reference ('" + shown(t) + "'); return a value");
    return false;
  }
  const auto of = types_.read(t, p);
  if (of) m.result = *of;
  return of.has_value();
}

bool service_reader::read_errors(CXCursor c, const std::string& listed, method& m, const std::string& name) {
  if (listed.empty()) return true;
  const CXCursor found = find_enumeration(unit_, clang_getCursorSemanticParent(c), listed);
  if (clang_Cursor_isNull(found) != 0) {
    faults_.add(m.at, name + ": there is no enum '" + listed + "' for errors(" + listed + "); define it above, or include its header");
    return false;
  }
  enumeration* e = types_.read_enumeration(found, {m.at, "errors(" + listed + ") of " + name});
  if (e == nullptr) return false;
  if (m.errors != nullptr && m.errors != e) {
    faults_.add(m.at, name + " has two enums of errors, '" + m.errors->name + "' in its result and '" + e->name + "' in errors(); keep one");
    return false;
  }
  m.errors = e;
  check_error_values(*e, name);
  return true;
}

void service_reader::check_error_values(enumeration& e, const std::string& name) {
  if (e.errors) return;
  e.errors = true;
  const auto fault = [&](const std::string& text) { faults_.add(e.at, "the enum '" + e.name + "' lists the errors of " + name + " and " + text); };
  if (e.underlying == scalar::i64 || e.underlying == scalar::u64) fault("has 64 bits; an error's code has 32: write std::uint32_t");
  if (e.values.empty()) fault("has no values; name the errors, from 1 on");
  for (const enumerator& v : e.values) {
    if (v.value == 0) fault("has 0 for '" + v.name + "', which means no error; begin with 1");
    if (v.value < 0) fault("has " + std::to_string(v.value) + " for '" + v.name + "'; an error's code is above 0");
  }
}

void service_reader::check_options(const method& m, const std::string& name) {
  const auto fault = [&](const std::string& text) { faults_.add(m.at, name + " " + text); };
  if (m.oneway && m.batch) return fault("is marked oneway and batch, but a batch has answers; remove one of the two");
  if (!m.oneway) return;
  if (m.result.what != kind::nothing) fault("is marked oneway and returns '" + shown(m.result.spelling) +
      "', but nobody waits for it; return void, or remove oneway");
  if (m.errors != nullptr) fault("is marked oneway and fails with '" + m.errors->name + "', but nobody waits for that; return void without "
      "errors, or remove oneway");
}

bool service_reader::lay_out_request(method& m, const std::string& name) {
  const head h = lay_out(m.parameters);
  if (h.size > head_size_max) {
    faults_.add(m.at, "the parameters of " + name + " take " + std::to_string(h.size) + " bytes; at most " + std::to_string(head_size_max) +
                          " can lie in a request's fixed part; write std::span<const T> or ringcall::sequence<T> for what is large");
    return false;
  }
  m.request_size = static_cast<std::uint32_t>(h.size);
  m.request_align = h.align;
  for (const field& f : m.parameters) {
    m.request_fixed = m.request_fixed && f.of.fixed;
    m.request_has_bool = m.request_has_bool || f.of.has_bool;
  }
  return true;
}

// One server may serve all of a header's services, and an id is a server's.
void service_reader::check_id(const method& m, const service& s) {
  const std::string name = s.name + "::" + m.name;
  const auto [earlier, is_new] = ids_.try_emplace(m.id, name + " in line " + std::to_string(m.at.line));
  if (!is_new) faults_.add(m.at, name + ": id " + std::to_string(m.id) + " belongs to " + earlier->second +
      "; take another (one server may serve all of a header's services)");
}

void service_reader::check_names(const service& s) {
  for (auto m = s.methods.begin(); m != s.methods.end(); ++m) {
    for (auto earlier = s.methods.begin(); earlier != m; ++earlier) {
      if (earlier->name != m->name) continue;
      faults_.add(m->at, "the method '" + m->name + "' overloads that in line " + std::to_string(earlier->at.line) +
          "; Go has no overloading: give it a name of its own");
    }
  }
}

}  // namespace ringcall::gen
