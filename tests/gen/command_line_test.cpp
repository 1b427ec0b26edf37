// ringcall-gen as people run it: exit statuses, what it prints, what it leaves behind.

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fs = std::filesystem;

namespace {

const char* const header =
    "#pragma once\n#include <ringcall/interface.hpp>\nnamespace calc_shop {\nclass RINGCALL_SERVICE calc {\n public:\n"
    "  RINGCALL_METHOD(1) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;\n};\n}\n";

struct outcome {
  int status;
  std::string printed; // on both streams
};

class workshop {
 public:
  workshop() {
    std::string pattern = (fs::temp_directory_path() / "ringcall-gen.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    write("calc.hpp", header);
  }
  ~workshop() { fs::remove_all(path_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  bool has(const std::string& name) const { return fs::exists(path_ / name); }
  std::string text_of(const std::string& name) const {
    std::ifstream file(path_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {})); }

  // Runs it in the folder; ringcall's include directory is named.
  outcome run(const std::string& arguments) const {
    const char* program = std::getenv("RINGCALL_GEN");
    REQUIRE_MESSAGE(program != nullptr, "RINGCALL_GEN must name the program");
    const std::string command = "cd '" + path_.string() + "' && '" + program + "' -I '" SOURCE_ROOT "/include' " + arguments + " 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    outcome o{};
    for (int c; (c = std::fgetc(pipe)) != EOF;) o.printed += static_cast<char>(c);
    o.status = WEXITSTATUS(pclose(pipe));
    return o;
  }

 private:
  fs::path path_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the C++ output lies beside the header by default, and there is no Go") {
  workshop w;
  const outcome o = w.run("calc.hpp");
  CHECK(o.status == 0);
  CHECK(o.printed.empty());
  CHECK(contains(w.text_of("calc.ringcall.hpp"), "\"calc.hpp\""));
  CHECK(w.files() == 2);
}

TEST_CASE("outputs go where they are told, and say what they are told") {
  workshop w;
  CHECK(w.run("calc.hpp --cpp out.hpp --go out.go --package sums --include shop/calc.hpp").status == 0);
  CHECK(contains(w.text_of("out.hpp"), "\"shop/calc.hpp\""));
  CHECK(contains(w.text_of("out.go"), "\npackage sums\n"));
  CHECK(w.files() == 3);
}

TEST_CASE("the Go package is the namespace by default") {
  workshop w;
  CHECK(w.run("calc.hpp --go out.go").status == 0);
  CHECK(contains(w.text_of("out.go"), "\npackage calcshop\n"));
}

TEST_CASE("a namespace that is a keyword of Go is another package") {
  workshop w;
  std::string renamed = header;
  for (const std::string space = "calc_shop"; renamed.find(space) != std::string::npos;) renamed.replace(renamed.find(space), space.size(), "func");
  w.write("calc.hpp", renamed);
  CHECK(w.run("calc.hpp --go out.go").status == 0);
  CHECK(contains(w.text_of("out.go"), "\npackage funcpkg\n"));
  const outcome o = w.run("calc.hpp --go out.go --package func");
  CHECK(o.status == 2);
  CHECK(contains(o.printed, "no keyword"));
}

TEST_CASE("fresh output passes --check, a changed header does not") {
  workshop w;
  CHECK(w.run("calc.hpp --go calc.go").status == 0);
  CHECK(w.run("calc.hpp --go calc.go --check").status == 0);
  std::string changed = header;
  changed.replace(changed.find("int64_t"), 7, "int32_t");
  w.write("calc.hpp", changed);
  const std::string before = w.text_of("calc.go");
  const outcome o = w.run("calc.hpp --go calc.go --check");
  CHECK(o.status == 1);
  CHECK(contains(o.printed, "calc.ringcall.hpp is stale: line "));
  CHECK(contains(o.printed, "calc.go is stale: line "));
  CHECK(contains(o.printed, "run ringcall-gen without --check"));
  CHECK(w.text_of("calc.go") == before);
}

TEST_CASE("missing output fails --check and is not written") {
  workshop w;
  const outcome o = w.run("calc.hpp --check");
  CHECK(o.status == 1);
  CHECK(contains(o.printed, "calc.ringcall.hpp is missing"));
  CHECK(w.files() == 1);
}

TEST_CASE("--describe prints description and fingerprint, and writes nothing") {
  workshop w;
  const outcome o = w.run("calc.hpp --describe");
  CHECK(o.status == 0);
  CHECK(contains(o.printed, "service calc: version 1\ncalc 1: name add, kind call, request 8, answer 8\n"));
  CHECK(contains(o.printed, "\nfingerprint "));
  CHECK(w.files() == 1);
}

TEST_CASE("a bad header leaves all files as they were") {
  workshop w;
  CHECK(w.run("calc.hpp").status == 0);
  const std::string before = w.text_of("calc.ringcall.hpp");
  std::string bad = header;
  bad.replace(bad.find("std::int32_t a"), 14, "char* a");
  w.write("calc.hpp", bad);
  const outcome o = w.run("calc.hpp --go calc.go");
  CHECK(o.status == 1);
  CHECK(contains(o.printed, "calc.hpp:6:53: error: parameter 'a' of calc::add is a pointer"));
  CHECK(w.text_of("calc.ringcall.hpp") == before);
  CHECK(w.files() == 2);
}

TEST_CASE("a folder that is not there leaves no half of the output") {
  workshop w;
  const outcome o = w.run("calc.hpp --go none/calc.go");
  CHECK(o.status == 2);
  CHECK(contains(o.printed, "none/calc.go"));
  CHECK(w.files() == 1);
}

TEST_CASE("macros and further include directories are passed on") {
  workshop w;
  std::string text = header;
  text.insert(0, "#include <more.hpp>\n#ifndef WITH_IT\n#error without it\n#endif\n#if LEVEL != 3\n#error level\n#endif\n");
  w.write("calc.hpp", text);
  w.write("more/more.hpp", "");
  CHECK(contains(w.run("calc.hpp -I more").printed, "without it"));
  CHECK(w.run("calc.hpp -I more -D WITH_IT -DLEVEL=3").status == 0);
  CHECK(w.run("-Imore -D WITH_IT -D LEVEL=3 calc.hpp").status == 0);
  const outcome o = w.run("calc.hpp -D WITH_IT -D LEVEL=3");
  CHECK(o.status == 1);
  CHECK(contains(o.printed, "calc.hpp:1:10: error: 'more.hpp' file not found; name its directory with -I"));
}

TEST_CASE("usage errors are told apart from bad headers") {
  workshop w;
  CHECK(w.run("").status == 2);
  CHECK(w.run("none.hpp").status == 2);
  CHECK(contains(w.run("none.hpp").printed, "there is no file none.hpp"));
  CHECK(w.run("calc.hpp --no-such-option").status == 2);
  CHECK(w.run("calc.hpp --go x.go --package 9lives").status == 2);
  CHECK(w.run("--help").status == 0);
}
