#pragma once
// Text that is put together: templates with values, comments, columns as gofmt aligns them.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringcall::gen {

using values = std::map<std::string, std::string, std::less<>>;

// The template with $name or $(name) replaced by its value; a name without a value is a std::logic_error. A line that holds one name and
// nothing else takes a value of many lines, each indented as the name is, and vanishes if the value is empty. A newline that opens the
// template is dropped.
std::string fill(std::string_view text, const values& with);

// Each line that is not empty, behind indent.
std::string indented(std::string_view text, std::string_view indent);

// The doc comment's text as lines of "// ", or nothing. Its lines keep their breaks, but lose what gofmt would rewrite in a comment.
std::string comment(std::string_view doc);

// Two doc comments as one, with an empty line between them.
std::string paragraphs(std::string_view first, std::string_view second);

// A line of a block that gofmt aligns: an own comment stands above it, if any, and starts the columns anew.
struct row {
  std::vector<std::string> cells;
  std::string doc;
};

std::string aligned(std::span<const row> rows);

std::string joined(std::span<const std::string> parts, std::string_view between);

// A literal of the text's bytes, for Go and for C++ alike.
std::string quoted(std::string_view text);

}  // namespace ringcall::gen
