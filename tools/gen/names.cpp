#include "names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace ringcall::gen {
namespace {

bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
char to_upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }
char to_lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), to_lower);
  return text;
}

// In lower case: order, id.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool begins = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_') {
      begins = true;
      continue;
    }
    if (i > 0 && is_upper(name[i]) && !is_upper(name[i - 1])) begins = true;
    if (i > 0 && is_upper(name[i]) && i + 1 < name.size() && is_lower(name[i + 1])) begins = true; // the S of HTTPServer
    if (begins) words.emplace_back();
    begins = false;
    words.back() += to_lower(name[i]);
  }
  return words;
}

// Those that Go's linters know.
constexpr std::array initialisms = std::to_array<std::string_view>(
    {"acl",  "api", "ascii", "cpu", "crc", "css", "dns",  "eof", "gid", "gpu",  "guid", "html", "http", "https", "id",  "io",  "ip",   "json", "ok",   "pid",
     "qps",  "ram", "rpc",   "sla", "sql", "ssh", "tcp",  "tls", "ttl", "udp",  "ui",   "uid",  "uri",  "url",   "utf8", "uuid", "vm",  "xml"});

std::string capital(const std::string& word) {
  std::string out = word;
  if (std::ranges::find(initialisms, word) != initialisms.end()) {
    std::ranges::transform(out, out.begin(), to_upper);
  } else {
    out[0] = to_upper(out[0]);
  }
  return out;
}

std::string camel(std::string_view name, bool is_exported) {
  std::string out;
  for (const std::string& word : words_of(name)) out += out.empty() && !is_exported ? word : capital(word);
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) != 0) out.insert(0, is_exported ? "X" : "x");
  return out;
}

const std::set<std::string, std::less<>> keywords{
    "break",  "case",   "chan",      "const", "continue", "default", "defer",  "else",   "fallthrough", "for",    "func", "go", "goto",
    "if",     "import", "interface", "map",   "package",  "range",   "return", "select", "struct",      "switch", "type", "var"};

// What is predeclared in Go; what the generated code calls by these names: packages, the context.
const std::set<std::string, std::less<>> reserved{
    "any",     "append",  "bool",  "byte",   "cap",     "clear",    "close",  "comparable", "complex", "complex128", "complex64", "copy",
    "delete",  "error",   "false", "float32", "float64", "imag",    "int",    "int16",      "int32",   "int64",      "int8",      "iota",
    "len",     "make",    "max",   "min",    "new",     "nil",      "panic",  "print",      "println", "real",       "recover",   "rune",
    "string",  "true",    "uint",  "uint16", "uint32",  "uint64",   "uint8",  "uintptr",
    "atomic",  "context", "ctx",   "errors", "exec",    "fmt",      "maps",   "ringcall",   "slices",  "strconv",    "structs",   "sync",
    "time",    "unsafe",  "wire"};

// What every client and every fake has; and methods that go vet wants in a form of their own.
const std::set<std::string, std::less<>> method_names{"Calls",         "Client",        "Close",      "GobDecode", "GobEncode", "MarshalJSON", "MarshalXML", "ReadByte", "ReadRune",
                                                      "UnmarshalJSON", "UnmarshalXML", "UnreadByte", "UnreadRune", "WriteByte"};

}  // namespace

std::string exported(std::string_view name) { return camel(name, true); }
std::string unexported(std::string_view name) { return camel(name, false); }

std::string parameter_name(std::string_view name) {
  const std::string plain = unexported(name);
  return reserved.contains(plain) || is_go_keyword(plain) ? plain + "Arg" : plain;
}

std::string method_name(std::string_view name) {
  const std::string plain = exported(name);
  return method_names.contains(plain) ? plain + "Call" : plain;
}

bool is_go_keyword(std::string_view word) { return keywords.contains(word); }

std::string enumerator_name(const enumeration& of, const enumerator& e) {
  std::string_view own = e.name;
  if (own.size() > of.name.size() + 1 && lowered(std::string(own)).starts_with(lowered(of.name) + '_')) own.remove_prefix(of.name.size() + 1);
  if (own.size() > 1 && own[0] == 'k' && is_upper(own[1])) own.remove_prefix(1);
  return exported(of.name) + exported(own);
}

bool has_own_request(const method& m) {
  return !m.batch && m.fixed() && !m.parameters.empty() && !(m.parameters.size() == 1 && m.parameters[0].of.what == kind::record);
}

std::string free_name(const std::set<std::string>& taken, std::initializer_list<std::string_view> candidates) {
  std::string name;
  for (const std::string_view candidate : candidates) {
    name = candidate;
    if (!taken.contains(name)) return name;
  }
  while (taken.contains(name)) name += "Arg";
  return name;
}

void scope::claim(const std::string& name, const std::string& what, const location& at) {
  const auto [found, is_new] = owners_.try_emplace(name, owner{what, at});
  if (is_new) return;
  std::string other = found->second.what;
  if (!found->second.at.file.empty()) other += " (line " + std::to_string(found->second.at.line) + ")";
  found_.add(at, what + " becomes " + name + " " + where_ + ", where that name is taken by " + other + "; rename one of them");
}

}  // namespace ringcall::gen
