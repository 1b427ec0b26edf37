// Files are written whole or not at all, and compared line by line.

#include "output.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;
using namespace ringcall;

namespace {

class temporary_folder {
 public:
  temporary_folder() {
    std::string pattern = (fs::temp_directory_path() / "ringcall-gen.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~temporary_folder() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {})); }

 private:
  fs::path path_;
};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("all files are written, and nothing beside them") {
  temporary_folder dir;
  std::ofstream(dir / "a") << "old";
  gen::write_all({{dir / "a", "new\n"}, {dir / "b", ""}});
  CHECK(text_of(dir / "a") == "new\n");
  CHECK(text_of(dir / "b").empty());
  CHECK(dir.files() == 2);
}

TEST_CASE("a file that cannot be written leaves the others as they were") {
  temporary_folder dir;
  std::ofstream(dir / "a") << "old";
  CHECK_THROWS_WITH_AS(gen::write_all({{dir / "a", "new\n"}, {dir / "none/b", "x"}}), doctest::Contains("none/b"), gen::io_error);
  CHECK(text_of(dir / "a") == "old");
  CHECK(dir.files() == 1);
}

TEST_CASE("files are as readable as the user's mask allows") {
  temporary_folder dir;
  const mode_t before = umask(027);
  gen::write_all({{dir / "a", "x"}});
  umask(before);
  CHECK(fs::status(dir / "a").permissions() == static_cast<fs::perms>(0640));
}

TEST_CASE("a file that is as it would be written is not stale") {
  temporary_folder dir;
  std::ofstream(dir / "a") << "one\ntwo\n";
  CHECK(gen::stale({{dir / "a", "one\ntwo\n"}}).empty());
}

TEST_CASE("the first line that differs is told") {
  temporary_folder dir;
  std::ofstream(dir / "a") << "one\ntwo\nthree\n";
  const auto differs = [&](const char* wanted) {
    const auto found = gen::stale({{dir / "a", wanted}});
    return found.size() == 1 ? found.front().substr((dir / "a").size()) : "";
  };
  CHECK(differs("one\n2\nthree\n") == " is stale: line 2 is: two\n  and would be: 2");
  CHECK(differs("one\ntwo\n") == " is stale: it should end before line 3, which is: three");
  CHECK(differs("one\ntwo\nthree\nfour\n") == " is stale: it ends before line 4, which would be: four");
  CHECK(differs("one\ntwo\nthree") == " is stale: the end of the last line differs");
}

TEST_CASE("a missing file is stale") {
  temporary_folder dir;
  CHECK(gen::stale({{dir / "a", "x"}}).front() == (dir / "a") + " is missing");
}
