#include "clang.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringcall::gen::clang {

std::string take(CXString s) {
  const char* text = clang_getCString(s);
  std::string copy = text == nullptr ? "" : text;
  clang_disposeString(s);
  return copy;
}

std::string name(CXCursor c) {
  std::string text = take(clang_getCursorSpelling(c));
  if (!text.empty() && text.front() != '(') return text;
  // A struct without a name, called by its typedef. (Newer libclang describes the nameless in parentheses.)
  const CXCursorKind kind = clang_getCursorKind(c);
  if (kind != CXCursor_StructDecl && kind != CXCursor_ClassDecl && kind != CXCursor_EnumDecl) return "";
  if (clang_Cursor_isAnonymous(c) != 0) return "";
  text = spelling(clang_getCursorType(c));
  if (text.find('(') != std::string::npos) return "";
  const auto last = text.rfind("::");
  return last == std::string::npos ? text : text.substr(last + 2);
}

std::string spelling(CXType t) { return take(clang_getTypeSpelling(t)); }

location where(CXSourceLocation at) {
  CXFile file;
  location found;
  clang_getExpansionLocation(at, &file, &found.line, &found.column, nullptr);
  found.file = file == nullptr ? "" : take(clang_getFileName(file));
  return found;
}

location where(CXCursor c) { return where(clang_getCursorLocation(c)); }

std::vector<CXCursor> children(CXCursor c) {
  std::vector<CXCursor> found;
  clang_visitChildren(
      c,
      [](CXCursor child, CXCursor, CXClientData data) {
        static_cast<std::vector<CXCursor>*>(data)->push_back(child);
        return CXChildVisit_Continue;
      },
      &found);
  return found;
}

bool is_linkage_block(CXCursorKind kind) { return kind == CXCursor_LinkageSpec || kind == CXCursor_UnexposedDecl; }

namespace {

// The namespaces and classes that a declaration lies in, outermost first.
std::vector<CXCursor> around(CXCursor c) {
  std::vector<CXCursor> found;
  for (CXCursor p = clang_getCursorSemanticParent(c); clang_isDeclaration(clang_getCursorKind(p)) != 0; p = clang_getCursorSemanticParent(p)) {
    if (!is_linkage_block(clang_getCursorKind(p))) found.push_back(p);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

std::string joined(const std::vector<std::string>& names, const std::string& before_each) {
  std::string text;
  for (const std::string& n : names) text += before_each + n;
  return text;
}

}  // namespace

std::vector<std::string> scope(CXCursor c) {
  std::vector<std::string> names;
  for (CXCursor p : around(c)) names.push_back(name(p));
  return names;
}

bool is_in_anonymous_namespace(CXCursor c) {
  const auto parents = around(c);
  return std::any_of(parents.begin(), parents.end(), [](CXCursor p) { return clang_getCursorKind(p) == CXCursor_Namespace && clang_Cursor_isAnonymous(p) != 0; });
}

std::string qualified(CXCursor c) { return joined(scope(c), "::") + "::" + name(c); }

std::string library_name(CXCursor c) {
  std::string text;
  for (CXCursor p : around(c)) {
    if (clang_Cursor_isInlineNamespace(p) == 0) text += name(p) + "::";
  }
  return text + name(c);
}

std::vector<std::string> annotations(CXCursor c, const std::string& prefix) {
  std::vector<std::string> found;
  for (CXCursor child : children(c)) {
    if (clang_getCursorKind(child) != CXCursor_AnnotateAttr) continue;
    const std::string text = take(clang_getCursorSpelling(child));
    if (text.starts_with(prefix)) found.push_back(text.substr(prefix.size()));
  }
  return found;
}

translation_unit::translation_unit(const std::vector<std::string>& headers, const std::vector<std::string>& arguments) : index_(clang_createIndex(0, 0)) {
  std::vector<const char*> pointers;
  for (const std::string& a : arguments) pointers.push_back(a.c_str());
  // Several are read as if a header included them, which lies in no file.
  std::string all;
  for (const std::string& h : headers) all += "#include \"" + h + "\"\n";
  CXUnsavedFile together{"headers of ringcall-gen", all.c_str(), all.size()};
  const bool alone = headers.size() == 1;
  // Bodies of constexpr functions are parsed all the same, so constants keep their values.
  const CXErrorCode code = clang_parseTranslationUnit2(index_, alone ? headers.front().c_str() : together.Filename, pointers.data(), static_cast<int>(pointers.size()),
                                                       &together, alone ? 0 : 1, CXTranslationUnit_SkipFunctionBodies, &unit_);
  if (code == CXError_Success) {
    for (const std::string& h : headers) headers_.push_back(clang_getFile(unit_, h.c_str()));
    return;
  }
  clang_disposeIndex(index_);
  throw std::runtime_error("libclang cannot read " + headers.front() + " (its error " + std::to_string(code) + "); are the -I and -D options well-formed?");
}

translation_unit::~translation_unit() {
  clang_disposeTranslationUnit(unit_);
  clang_disposeIndex(index_);
}

std::vector<problem> translation_unit::errors() const {
  std::vector<problem> found;
  for (unsigned i = 0; i < clang_getNumDiagnostics(unit_); ++i) {
    CXDiagnostic d = clang_getDiagnostic(unit_, i);
    if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) found.push_back({where(clang_getDiagnosticLocation(d)),
        take(clang_getDiagnosticSpelling(d))});
    clang_disposeDiagnostic(d);
  }
  return found;
}

bool translation_unit::is_in_headers(CXCursor c) const {
  CXFile file;
  clang_getExpansionLocation(clang_getCursorLocation(c), &file, nullptr, nullptr, nullptr); // a macro's text is elsewhere
  return file != nullptr && std::ranges::any_of(headers_, [&](CXFile h) { return h != nullptr && clang_File_isEqual(h, file) != 0; });
}

bool translation_unit::includes(const std::string& ending) const {
  struct search {
    const std::string& ending;
    bool found = false;
  } s{ending};
  clang_getInclusions(
      unit_,
      [](CXFile file, CXSourceLocation*, unsigned, CXClientData data) {
        search& wanted = *static_cast<search*>(data);
        wanted.found = wanted.found || take(clang_getFileName(file)).ends_with(wanted.ending);
      },
      &s);
  return s.found;
}

std::vector<std::string> translation_unit::tokens(CXCursor c) const {
  CXToken* all = nullptr;
  unsigned count = 0;
  clang_tokenize(unit_, clang_getCursorExtent(c), &all, &count);
  std::vector<std::string> found;
  for (unsigned i = 0; i < count; ++i) {
    if (clang_getTokenKind(all[i]) != CXToken_Comment) found.push_back(take(clang_getTokenSpelling(unit_, all[i])));
  }
  if (all != nullptr) clang_disposeTokens(unit_, all, count);
  return found;
}

}  // namespace ringcall::gen::clang
