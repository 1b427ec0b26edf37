#include "services.hpp"
#include "types.hpp"

#include <map>

namespace ringcall::gen {
namespace {

// Every enum, and every alias of one, by its qualified name; not the standard library's.
void collect(CXCursor around, std::map<std::string, CXCursor>& found) {
  for (CXCursor c : clang::children(around)) {
    switch (clang_getCursorKind(c)) {
      case CXCursor_Namespace:
        if (const std::string name = clang::name(c); name == "std" || name.starts_with("__")) break;
        [[fallthrough]];
      case CXCursor_LinkageSpec:
      case CXCursor_UnexposedDecl:
      case CXCursor_StructDecl:
      case CXCursor_ClassDecl: collect(c, found); break;
      case CXCursor_EnumDecl: found.emplace(clang::qualified(c), c); break;
      case CXCursor_TypedefDecl:
      case CXCursor_TypeAliasDecl:
        if (const CXType t = clang_getCanonicalType(clang_getCursorType(c)); t.kind == CXType_Enum) found.emplace(clang::qualified(c),
            clang_getTypeDeclaration(t));
        break;
      default: break;
    }
  }
}

void collect_aliases(CXCursor around, const std::string& name, std::vector<CXCursor>& found) {
  for (CXCursor c : clang::children(around)) {
    const CXCursorKind kind = clang_getCursorKind(c);
    if (kind == CXCursor_Namespace || clang::is_linkage_block(kind)) collect_aliases(c, name, found);
    if ((kind == CXCursor_TypedefDecl || kind == CXCursor_TypeAliasDecl) && clang::name(c) == name) found.push_back(c);
  }
}

}  // namespace

std::vector<CXCursor> find_aliases(const clang::translation_unit& unit, const std::string& name) {
  std::vector<CXCursor> found;
  collect_aliases(unit.root(), name, found);
  return found;
}

CXCursor find_enumeration(const clang::translation_unit& unit, CXCursor from, const std::string& name) {
  std::map<std::string, CXCursor> all;
  collect(unit.root(), all);
  std::string scope = name.starts_with("::") ? "" : clang::qualified(from);
  const std::string rest = name.starts_with("::") ? name : "::" + name;
  for (;;) {
    if (const auto found = all.find(scope + rest); found != all.end()) return found->second;
    if (scope.empty()) return clang_getNullCursor();
    scope.erase(scope.rfind("::"));
  }
}

}  // namespace ringcall::gen
