// Each folder entry bad/NAME.hpp is refused with exactly the messages in bad/NAME.wanted.

#include "reader.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace fs = std::filesystem;
using namespace ringcall;

namespace {

const fs::path folder = fs::path(SOURCE_ROOT) / "tests/gen/bad";
std::set<std::string> tried;

std::string without(std::string text, const std::string& part) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

// libclang 14 and 19 differ in whether they write the namespace of what the header wrote without it.
std::string comparable(const std::string& text) { return without(text, "bad::"); }

std::string messages(const std::string& name) {
  gen::options o;
  o.headers = {(folder / (name + ".hpp")).string()};
  o.include_directories = {SOURCE_ROOT "/include"};
  try {
    gen::read(o);
  } catch (const gen::bad_headers& e) {
    return without(e.what(), folder.string() + "/") + "\n";
  }
  return "";
}

void refused(const std::string& name) {
  CAPTURE(name);
  tried.insert(name);
  const std::string found = messages(name);
  const fs::path wanted = folder / (name + ".wanted");
  if (std::getenv("RINGCALL_GEN_ACCEPT") != nullptr) std::ofstream(wanted) << found; // to be read by eye before it is committed
  std::ifstream file(wanted);
  REQUIRE_MESSAGE(file, "there is no " << wanted.string());
  CHECK(comparable(found) == comparable(std::string(std::istreambuf_iterator<char>(file), {})));
}

}  // namespace

TEST_CASE("pointers, C arrays as parameters and callbacks are refused") { refused("pointers"); }
TEST_CASE("references to mutable data, rvalue references and volatile are refused") { refused("references"); }
TEST_CASE("bases, constructors and virtual methods of records are refused") { refused("bases"); }
TEST_CASE("unions and types without a name are refused") { refused("unions"); }
TEST_CASE("bit-fields are refused") { refused("bit_fields"); }
TEST_CASE("templates that are not known are refused") { refused("templates"); }
TEST_CASE("a span is of fixed elements, a sequence of others") { refused("sequences"); }
TEST_CASE("owners are refused as parameters") { refused("owners"); }
TEST_CASE("a bool is refused in spans and batches") { refused("bools"); }
TEST_CASE("numbers of platform-dependent size are refused") { refused("numbers"); }
TEST_CASE("private and const fields, empty, undefined and unreachable structs are refused") { refused("fields"); }
TEST_CASE("over-aligned and packed records are refused") { refused("alignment"); }
TEST_CASE("recursion is refused") { refused("recursion"); }
TEST_CASE("missing, wrong and duplicate ids are refused") { refused("ids"); }
TEST_CASE("unknown and malformed options are refused") { refused("options"); }
TEST_CASE("static, overloaded, variadic and other methods that Go cannot call are refused") { refused("methods"); }
TEST_CASE("services with bases, data or template parameters are refused") { refused("services"); }
TEST_CASE("a service without methods is refused") { refused("without_methods"); }
TEST_CASE("batch methods of another shape are refused") { refused("batch"); }
TEST_CASE("oneway methods with a result are refused") { refused("oneway"); }
TEST_CASE("enums without an underlying type are refused") { refused("enums"); }
TEST_CASE("enums that cannot list errors are refused") { refused("error_enums"); }
TEST_CASE("heads over 64 KiB are refused") { refused("large"); }
TEST_CASE("a description that the handshake could not carry is refused") { refused("large_description"); }
TEST_CASE("a header without a service is refused") { refused("no_service"); }
TEST_CASE("an empty header is refused") { refused("nothing"); }
TEST_CASE("syntax errors are the compiler's own messages") { refused("syntax"); }
TEST_CASE("a missing include is told, and what to do") { refused("missing_include"); }
TEST_CASE("a header that does not include interface.hpp is told so") { refused("missing_interface"); }
TEST_CASE("two types of one name are refused") { refused("same_names"); }
TEST_CASE("constants that Go cannot have are refused") { refused("constants"); }

TEST_CASE("every bad header is tried") {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".hpp") CHECK_MESSAGE(tried.contains(entry.path().stem().string()), entry.path().string());
  }
}
