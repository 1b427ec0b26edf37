// Doc comments without their marks: //, ///, //!, //<, /* */, /** */ and the stars in front of lines.

#include "types.hpp"

#include <sstream>

namespace ringcall::gen {
namespace {

void remove_front(std::string& text, std::string_view front) {
  if (text.starts_with(front)) text.erase(0, front.size());
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string without_marks(std::string line, bool is_first_of_block, bool is_in_block) {
  line = trimmed(line);
  if (is_in_block) {
    if (line.ends_with("*/")) line.erase(line.size() - 2);
    if (is_first_of_block) {
      remove_front(line, "/*");
      while (line.starts_with('*')) line.erase(0, 1);
      if (line.starts_with('!')) line.erase(0, 1);
    } else {
      while (line.starts_with('*')) line.erase(0, 1);
    }
  } else {
    while (line.starts_with('/')) line.erase(0, 1);
    if (line.starts_with('!')) line.erase(0, 1);
  }
  if (line.starts_with('<')) line.erase(0, 1);
  line = trimmed(line);
  remove_front(line, "\\brief ");
  remove_front(line, "@brief ");
  return line;
}

}  // namespace

std::string doc_of(CXCursor c) {
  std::istringstream lines(clang::take(clang_Cursor_getRawCommentText(c)));
  std::string doc;
  bool in_block = false;
  for (std::string line; std::getline(lines, line);) {
    const std::string bare = trimmed(line);
    const bool opens = !in_block && bare.starts_with("/*");
    in_block = in_block || opens;
    doc += without_marks(line, opens, in_block) + "\n";
    if (in_block && bare.ends_with("*/")) in_block = false;
  }
  while (doc.ends_with('\n')) doc.pop_back();
  doc.erase(0, std::min(doc.find_first_not_of('\n'), doc.size()));
  return doc;
}

}  // namespace ringcall::gen
