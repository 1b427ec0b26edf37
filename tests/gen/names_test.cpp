// How names in Go are made, and what happens where two would be the same.

#include "names.hpp"

#include "emit_go.hpp"
#include "reader.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

using namespace ringcall;

TEST_CASE("words are joined in Go's way, with its initialisms") {
  CHECK(gen::exported("order_id") == "OrderID");
  CHECK(gen::exported("orderId") == "OrderID");
  CHECK(gen::exported("ORDER_ID") == "OrderID");
  CHECK(gen::exported("HTTPServer_url") == "HTTPServerURL");
  CHECK(gen::exported("a_1_b2") == "A1B2");
  CHECK(gen::exported("_trailing_") == "Trailing");
  CHECK(gen::exported("_1st") == "X1st");
  CHECK(gen::unexported("id_of") == "idOf");
  CHECK(gen::unexported("URL") == "url");
}

TEST_CASE("a parameter gives way to what Go means by its name") {
  CHECK(gen::parameter_name("type") == "typeArg");
  CHECK(gen::parameter_name("ctx") == "ctxArg");
  CHECK(gen::parameter_name("wire") == "wireArg");
  CHECK(gen::parameter_name("types") == "types");
  CHECK(gen::parameter_name("cap") == "capArg");
}

TEST_CASE("a method gives way to what every client has, and to what go vet wants otherwise") {
  CHECK(gen::method_name("close") == "CloseCall");
  CHECK(gen::method_name("read_byte") == "ReadByteCall");
  CHECK(gen::method_name("open") == "Open");
}

TEST_CASE("an enumerator says once whose it is") {
  gen::enumeration side;
  side.name = "order_side";
  CHECK(gen::enumerator_name(side, {"buy", 1, ""}) == "OrderSideBuy");
  CHECK(gen::enumerator_name(side, {"order_side_buy", 1, ""}) == "OrderSideBuy");
  CHECK(gen::enumerator_name(side, {"ORDER_SIDE_BUY", 1, ""}) == "OrderSideBuy");
  CHECK(gen::enumerator_name(side, {"kBuy", 1, ""}) == "OrderSideBuy");
  CHECK(gen::enumerator_name(side, {"order_side_", 1, ""}) == "OrderSideOrderSide");
}

TEST_CASE("two things with one name in Go are refused, all of them at once") {
  gen::options o;
  o.headers = {SOURCE_ROOT "/tests/gen/clashes/go_names.hpp"};
  o.include_directories = {SOURCE_ROOT "/include"};
  const gen::interface read = gen::read(o);
  std::string found;
  try {
    gen::emit_go(read, "clashes");
  } catch (const gen::bad_headers& e) {
    found = std::string(e.what()) + '\n';
  }
  for (const std::string folder = SOURCE_ROOT "/tests/gen/clashes/"; found.find(folder) != std::string::npos;) found.erase(found.find(folder), folder.size());
  if (std::getenv("RINGCALL_GEN_ACCEPT") != nullptr) std::ofstream(SOURCE_ROOT "/tests/gen/clashes/go_names.wanted") << found;
  std::ifstream wanted(SOURCE_ROOT "/tests/gen/clashes/go_names.wanted");
  CHECK(found == std::string(std::istreambuf_iterator<char>(wanted), {}));
}
