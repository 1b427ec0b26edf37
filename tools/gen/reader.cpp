#include "reader.hpp"

#include "constants.hpp"
#include "describe.hpp"
#include "include_paths.hpp"
#include "services.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace ringcall::gen {
namespace {

constexpr std::size_t descriptions_size_max = 65536; // RINGCALL_INTERFACE_SIZE_MAX in abi.h
const std::string interface_header = "ringcall/interface.hpp";

std::vector<std::string> arguments_of(const options& o) {
  std::vector<std::string> all{"-x", "c++", "-std=c++20", "-w", "-fparse-all-comments", "-DRINGCALL_GEN"};
  for (const std::string& d : o.include_directories) all.push_back("-I" + d);
  if (const std::string own = own_include_directory(); !own.empty()) all.push_back("-I" + own); // behind those that were named
  for (const std::string& d : o.definitions) all.push_back("-D" + d);
  for (std::string& a : compiler_include_arguments()) all.push_back(std::move(a));
  return all;
}

// Clang tells what it found; this, what to do.
std::string advised(const std::string& text) {
  if (!text.ends_with("file not found")) return text;
  const bool ours = text.find("'ringcall/") != std::string::npos;
  if (!ours) return text + "; name its directory with -I";
  return text + "; name ringcall's include directory with -I (pkg-config --cflags-only-I ringcall shows the installed one)";
}

void throw_if_clang_found_faults(const clang::translation_unit& unit, const std::string& header) {
  problems faults;
  bool is_included = unit.includes(interface_header);
  for (problem& p : unit.errors()) {
    if (p.at.file.empty() && !faults.empty()) continue; // "too many errors emitted"
    if (p.at.file.empty()) p.at = {header, 1, 1};
    if (p.text == "'" + interface_header + "' file not found") is_included = true; // it would be
    faults.add(p.at, advised(p.text));
  }
  if (faults.empty()) return;
  if (!is_included) faults.add({header, 1, 1}, "<ringcall/interface.hpp> is not included; it defines RINGCALL_SERVICE "
      "and RINGCALL_METHOD: write #include <ringcall/interface.hpp>");
  faults.throw_if_any();
}

class header_reader {
 public:
  header_reader(const clang::translation_unit& unit, const options& o) : unit_(unit), header_(o.headers.front()), types_(unit, faults_, found_),
      services_(unit, faults_, types_) {
    if (!o.include.empty()) {
      found_.headers = {o.include};
      return;
    }
    for (const std::string& h : o.headers) found_.headers.push_back(std::filesystem::path(h).filename().string());
  }

  interface read() {
    visit(unit_.root());
    if (!has_service_ && faults_.empty()) {
      const std::string first = unit_.includes(interface_header) ? "" : "include <ringcall/interface.hpp> and ";
      faults_.add({header_, 1, 1}, "the header has no service; " + first + "mark a class of pure virtual methods: class RINGCALL_SERVICE name { ... };");
    }
    check_together();
    if (faults_.empty()) check_descriptions();
    faults_.throw_if_any();
    return std::move(found_);
  }

 private:
  void visit(CXCursor around) {
    for (CXCursor c : clang::children(around)) {
      if (!unit_.is_in_headers(c)) continue;
      switch (clang_getCursorKind(c)) {
        case CXCursor_Namespace:
        case CXCursor_LinkageSpec:
        case CXCursor_UnexposedDecl: visit(c); break;
        case CXCursor_VarDecl:
          if (auto k = read_constant(unit_, c, faults_); k && !clang::is_in_anonymous_namespace(c)) found_.constants.push_back(std::move(*k));
          break;
        case CXCursor_ClassDecl:
        case CXCursor_StructDecl:
        case CXCursor_ClassTemplate: visit_class(c); break;
        default: break;
      }
    }
  }

  void visit_class(CXCursor c) {
    if (clang_isCursorDefinition(c) == 0) return;
    if (!clang::annotations(c, "ringcall.service").empty()) {
      has_service_ = true;
      if (auto s = services_.read(c)) add(c, std::move(*s));
      return;
    }
    for (CXCursor member : clang::children(c)) {
      const CXCursorKind kind = clang_getCursorKind(member);
      if (kind == CXCursor_ClassDecl || kind == CXCursor_StructDecl) visit_class(member);
      if (kind != CXCursor_CXXMethod || clang::annotations(member, "ringcall.method:").empty()) continue;
      faults_.add(clang::where(c), "the class '" + clang::name(c) + "' has methods marked RINGCALL_METHOD, but is no service; write class "
          "RINGCALL_SERVICE " + clang::name(c));
      has_service_ = true;
      return;
    }
  }

  void add(CXCursor c, service s) {
    const auto scope = clang::scope(c);
    if (found_.services.empty()) {
      found_.namespaces = scope;
    } else if (found_.namespaces != scope) {
      faults_.add(s.at, "the service '" + s.name + "' is in another namespace than '" + found_.services.front().name +
          "'; put them into one namespace, or make each header's code by itself");
    }
    found_.services.push_back(std::move(s));
  }

  // What only shows when everything was read.
  void check_together() {
    struct named {
      const std::string& name;
      const std::string& qualified;
      const location& at;
    };
    std::vector<named> all;
    for (const auto& e : found_.enumerations) all.push_back({e->name, e->qualified, e->at});
    for (const auto& r : found_.records) all.push_back({r->name, r->qualified, r->at});
    for (const service& s : found_.services) all.push_back({s.name, s.qualified, s.at});
    for (auto a = all.begin(); a != all.end(); ++a) {
      const auto same = std::find_if(all.begin(), a, [&](const named& b) { return b.name == a->name; });
      if (same != a) faults_.add(a->at, "both " + shown(same->qualified) + " and " + shown(a->qualified) + " would be '" + a->name +
          "' in Go and in the interface's description; rename one");
    }
  }

  // The server sends those of all its services in one piece.
  void check_descriptions() {
    std::size_t size = 0;
    for (const service& s : found_.services) {
      size += describe(found_, s).size();
      if (size <= descriptions_size_max) continue;
      faults_.add(s.at, "the description of the services up to '" + s.name + "' takes " + std::to_string(size) + " bytes; at attach at most " +
                            std::to_string(descriptions_size_max) + " can be sent: split the interface over several servers");
      return;
    }
  }

  const clang::translation_unit& unit_;
  std::string header_;
  interface found_;
  problems faults_;
  type_reader types_;
  service_reader services_;
  bool has_service_ = false;
};

}  // namespace

interface read(const options& o) {
  const clang::translation_unit unit(o.headers, arguments_of(o));
  throw_if_clang_found_faults(unit, o.headers.front());
  return header_reader(unit, o).read();
}

}  // namespace ringcall::gen
