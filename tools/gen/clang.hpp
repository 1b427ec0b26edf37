#pragma once
// libclang's C API with owners for what it allocates. The calls used are in LLVM 14 and 19 alike.

#include "model.hpp"
#include "problems.hpp"

#include <clang-c/Index.h>

#include <string>
#include <vector>

namespace ringcall::gen::clang {

std::string take(CXString s); // and disposes of it

std::string name(CXCursor c); // empty if it has none
std::string spelling(CXType t);
location where(CXSourceLocation at); // macros: where they are used
location where(CXCursor c);
std::vector<CXCursor> children(CXCursor c);
bool is_linkage_block(CXCursorKind kind); // extern "C++" { }; unexposed up to LLVM 15

// The names around it, outermost first: namespaces and classes.
std::vector<std::string> scope(CXCursor c);
bool is_in_anonymous_namespace(CXCursor c);
std::string qualified(CXCursor c); // ::market::quote

// Without inline namespaces, which the standard library has inside std: std::span, ringcall::result.
std::string library_name(CXCursor c);

// The text of [[clang::annotate]] attributes that begin with the prefix, without it.
std::vector<std::string> annotations(CXCursor c, const std::string& prefix);

class translation_unit {
 public:
  // Throws std::runtime_error if libclang cannot run at all; what is wrong in the headers is in errors().
  translation_unit(const std::vector<std::string>& headers, const std::vector<std::string>& arguments);
  translation_unit(const translation_unit&) = delete;
  translation_unit& operator=(const translation_unit&) = delete;
  ~translation_unit();

  CXCursor root() const { return clang_getTranslationUnitCursor(unit_); }
  std::vector<problem> errors() const;
  bool is_in_headers(CXCursor c) const; // and not in what they include
  bool includes(const std::string& ending) const; // some file whose path ends so
  std::vector<std::string> tokens(CXCursor c) const;

 private:
  CXIndex index_;
  CXTranslationUnit unit_ = nullptr;
  std::vector<CXFile> headers_;
};

}  // namespace ringcall::gen::clang
