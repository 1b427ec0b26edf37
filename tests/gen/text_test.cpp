// Templates, comments and columns.

#include "text.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace ringcall::gen;

TEST_CASE("a template takes values in and between words") {
  CHECK(fill("\n$a.$(a)b = $b;\n", {{"a", "x"}, {"b", "$a"}}) == "x.xb = $a;\n");
  CHECK_THROWS_AS(fill("$missing", {}), std::logic_error);
}

TEST_CASE("a value alone on its line keeps the indent, or goes with its line") {
  CHECK(fill("{\n\t$body\n}\n", {{"body", "a\n\nb\n"}}) == "{\n\ta\n\n\tb\n}\n");
  CHECK(fill("{\n\t$body\n}\n", {{"body", ""}}) == "{\n}\n");
}

TEST_CASE("a comment loses what gofmt would rewrite") {
  CHECK(comment("") == "");
  CHECK(comment("one\n\n\n  - two\n") == "// one\n//\n// - two\n");
  CHECK(comment("# no heading") == "// no heading\n");
  CHECK(comment("``quoted''") == "// \"quoted\"\n");
}

TEST_CASE("columns are aligned up to a comment") {
  const std::vector<row> rows{{{"A", "int"}, ""}, {{"Longer", "int"}, ""}, {{"B", "int"}, "Of its own."}};
  CHECK(aligned(rows) == "A      int\nLonger int\n// Of its own.\nB int\n");
}

TEST_CASE("a literal says every byte") {
  CHECK(quoted("a\"b\\\n\t") == "\"a\\\"b\\\\\\n\\t\"");
  CHECK(quoted(std::string_view("\x01" "7\0", 3)) == "\"\\0017\\000\"");
}
