#include "emit_cpp.hpp"

#include "describe.hpp"
#include "names.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <vector>

namespace ringcall::gen {
namespace {

std::string spelled(const type& t) { return t.what == kind::nothing ? "void" : t.spelling; }

// The handler's own method, not a virtual call; what it returns, or throws its failure.
std::string handler_call(const method& m, const std::vector<std::string>& arguments) {
  const std::string call = "handler.Handler::" + m.name + '(' + joined(arguments, ", ") + ')';
  return m.result_wrapped ? "ringcall::unwrap(" + call + ')' : call;
}

std::string record_method(const service& s, const method& m, values with) {
  std::vector<std::string> arguments;
  with["Request"] = "void";
  with["parameter"] = "";
  if (has_own_request(m)) {
    with["Request"] = "ringcall_generated::" + cpp_request_name(s, m);
    for (std::size_t i = 0; i < m.parameters.size(); ++i) arguments.push_back("request." + cpp_parameter(m, i));
  } else if (!m.parameters.empty()) {
    with["Request"] = m.parameters[0].of.spelling;
    arguments.emplace_back("request");
  }
  if (!m.parameters.empty()) with["parameter"] = "(const " + with["Request"] + "& request)";
  with["call"] = (m.result.what == kind::nothing ? "" : "return ") + handler_call(m, arguments);
  return fill(R"(
server.on<$Request, $Answer>($id, [&handler]$parameter {
  $call;
}$where);
)", with);
}

std::string batch_method(const method& m, values with) {
  with["Request"] = m.parameters[0].of.spelling;
  with["call"] = handler_call(m, {"requests", "answers"});
  return fill(R"(
server.on_batch<$Request, $Answer>($id, [&handler](std::span<const $Request> requests, std::span<$Answer> answers) {
  $call;
}$where);
)", with);
}

std::string frame_method(const method& m, values with) {
  std::vector<std::string> types, arguments;
  std::set<std::string> taken{"Handler", "Service", "frame", "handler", "out", "server"};
  for (std::size_t i = 0; i < m.parameters.size(); ++i) {
    std::string name = cpp_parameter(m, i);
    while (!taken.insert(name).second) name += '_';
    types.push_back(m.parameters[i].of.spelling);
    arguments.push_back(name);
  }
  const std::string call = handler_call(m, arguments);
  with["types"] = joined(types, ", ");
  with["read"] = (arguments.empty() ? "" : "const auto [" + joined(arguments, ", ") + "] = ") + "ringcall::wire::read_request<" + with["types"] + ">(frame)";
  with["answer"] = m.result.what == kind::nothing ? call + ";\nringcall::wire::write_answer(out);\n" : "ringcall::wire::write_answer(out, " + call + ");\n";
  return fill(R"(
server.on_bytes($id, [&handler](std::span<const std::byte> frame, ringcall::answer& out) {
  $read;
  $answer
}$where);
)", with);
}

std::string registration(const service& s, const method& m) {
  const values with{{"id", std::to_string(m.id)}, {"Answer", spelled(m.result)}, {"where", !m.worker ? "" : m.oneway ? ", ringcall::on_worker_always" : ", ringcall::on_worker"}};
  if (m.batch) return batch_method(m, with);
  return m.fixed() ? record_method(s, m, with) : frame_method(m, with);
}

std::string description_literal(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    out += '\n' + quoted(text.substr(at, end - at));
    at = end;
  }
  return indented(out.substr(out.empty() ? 0 : 1), "    ");
}

std::string description(const interface& i, const service& s) {
  const std::string text = describe(i, s);
  std::string literal = description_literal(text);
  literal.pop_back();
  char fingerprint[32];
  std::snprintf(fingerprint, sizeof fingerprint, "0x%016llx", static_cast<unsigned long long>(ringcall::gen::fingerprint(text)));
  return "\ninline constexpr std::uint64_t " + s.name + "_fingerprint = " + fingerprint + ";\ninline constexpr std::string_view " + s.name + "_description =\n" + literal + ";\n";
}

// What dispatch does with a handler, as an expression.
std::string callable(const method& m) {
  std::vector<std::string> arguments;
  for (const field& p : m.parameters) arguments.push_back("std::declval<const " + p.of.spelling + "&>()");
  if (m.batch) arguments = {"std::declval<std::span<const " + m.parameters[0].of.spelling + ">&>()", "std::declval<std::span<" + m.result.spelling + ">&>()"};
  return "handler.Handler::" + m.name + '(' + joined(arguments, ", ") + ");\n";
}

std::string handler_concept(const service& s) {
  std::string calls;
  for (const method& m : s.methods) calls += callable(m);
  return fill(R"(
// All methods of $service can be called from outside of the class.
template <class Handler>
concept $(service)_handler = requires(Handler& handler) {
  $calls
};
)", {{"service", s.name}, {"calls", calls}});
}

std::string serve(const service& s) {
  std::string methods;
  for (const method& m : s.methods) methods += registration(s, m);
  return fill(R"(
// Has the server serve $service by the handler, which must live as long as the server runs. Its methods are called directly, without a virtual
// call; with several loops, or workers, on several threads at once. serve<$service>(server, handler) says which service is meant, where the handler's
// class implements several.
template <std::same_as<$service> Service, std::derived_from<Service> Handler>
void serve(ringcall::server& server, Handler& handler) {
  static_assert(!std::is_abstract_v<Handler>, "the handler leaves a method of $service pure virtual, or has another signature for it");
  static_assert(ringcall_generated::$(service)_handler<Handler>, "the handler's methods of $service cannot be called: write public: before them");
  if constexpr (ringcall_generated::$(service)_handler<Handler>) {
    $methods
  }
  server.describe("$service", ringcall_generated::$(service)_fingerprint, ringcall_generated::$(service)_description);
}
template <std::derived_from<$service> Handler>
void serve(ringcall::server& server, Handler& handler) {
  serve<$service, Handler>(server, handler);
}
)", {{"service", s.name}, {"methods", methods}});
}

std::string in_namespace(const std::string& name, const std::string& text) {
  return name.empty() ? '\n' + text : "\nnamespace " + name + " {\n" + text + "\n}  // namespace " + name + '\n';
}

}  // namespace

std::string emit_cpp(const interface& i) {
  std::string includes;
  for (const std::string& h : i.headers) includes += "#include \"" + h + "\"\n";
  std::string descriptions, concepts, serves;
  for (const service& s : i.services) {
    descriptions += description(i, s);
    concepts += '\n' + handler_concept(s);
    serves += '\n' + serve(s);
  }
  const values with{
      {"headers", joined(i.headers, ", ")},
      {"includes", includes},
      {"layout", cpp_layout(i)},
      {"descriptions", in_namespace(cpp_namespace(i, "ringcall_generated"), "\n// What both sides compare when a client attaches." + descriptions + concepts)},
      {"serves", in_namespace(cpp_namespace(i), serves)},
  };
  return fill(R"(
// Code generated by ringcall-gen from $headers; DO NOT EDIT.
#pragma once

$includes

#include <ringcall/server.hpp>
#include <ringcall/wire.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
$layout
$descriptions
$serves
)", with);
}

}  // namespace ringcall::gen
