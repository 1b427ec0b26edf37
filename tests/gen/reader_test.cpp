// good/everything.hpp: what a header may say, and how it is read.

#include "describe.hpp"
#include "include_paths.hpp"
#include "layout.hpp"
#include "reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

using namespace ringcall;

namespace {

const std::string folder = SOURCE_ROOT "/tests/gen/good";

const gen::interface& everything() {
  static const gen::interface read = [] {
    gen::options o;
    o.headers = {folder + "/everything.hpp"};
    o.include_directories = {SOURCE_ROOT "/include"};
    return gen::read(o);
  }();
  return read;
}

const gen::constant& constant(const std::string& name) {
  const auto& all = everything().constants;
  const auto found = std::find_if(all.begin(), all.end(), [&](const gen::constant& k) { return k.name == name; });
  REQUIRE_MESSAGE(found != all.end(), name);
  return *found;
}

template <class T>
const T& named(const std::vector<std::unique_ptr<T>>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x->name == name; });
  REQUIRE_MESSAGE(found != all.end(), name);
  return **found;
}

const gen::method& method(const std::string& name) {
  const auto& all = everything().services.front().methods;
  const auto found = std::find_if(all.begin(), all.end(), [&](const gen::method& m) { return m.name == name; });
  REQUIRE_MESSAGE(found != all.end(), name);
  return *found;
}

gen::type of_size(std::uint32_t size, std::uint32_t align) {
  gen::type t;
  t.size = size;
  t.align = align;
  return t;
}

}  // namespace

TEST_CASE("the description is as it was") {
  const auto& i = everything();
  std::ifstream file(folder + "/everything.description");
  REQUIRE(file);
  CHECK(gen::describe(i, i.services.front()) == std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST_CASE("the fingerprint is FNV-1a of the description") {
  CHECK(gen::fingerprint("") == 0xcbf29ce484222325);
  CHECK(gen::fingerprint("a") == 0xaf63dc4c8601ec8c);
  CHECK(gen::fingerprint("foobar") == 0x85944171f73967e8);
}

TEST_CASE("constants keep their values, to the last digit") {
  CHECK(constant("depth_max").value == "16");
  CHECK(constant("depth_max").of.number == gen::scalar::u32);
  CHECK(constant("depth_max").doc == "How deep\nit is.");
  CHECK(constant("ratio").value == "0.1");
  CHECK(constant("ratio").doc == "of all");
  CHECK(constant("third").value == "0.33333334");
  CHECK(constant("open").value == "true");
  CHECK(constant("many").value == "16");
  CHECK(constant("least").value == "-9223372036854775808");
  CHECK(constant("most").value == "18446744073709551615");
  CHECK(constant("from_macro").value == "7");
  CHECK(constant("computed").value == "25");
  CHECK(constant("small").value == "-3");
}

TEST_CASE("text constants are the literals' bytes") {
  CHECK(constant("venue").value == "XE\"TRA\n");
  CHECK(constant("braced").value == "braced");
  CHECK(constant("literal").value == "sv \xc3\xa9");
  CHECK(constant("plain").value == "plain");
  CHECK(constant("letters").value == "abc");
  CHECK(constant("letters").of.what == gen::kind::text);
}

TEST_CASE("variables, tables, chars and other headers' constants do not carry over") {
  for (const gen::constant& k : everything().constants) {
    CAPTURE(k.name);
    CHECK(k.name != "counter");
    CHECK(k.name != "table");
    CHECK(k.name != "one_char");
    CHECK(k.name != "not_of_the_main_header");
  }
}

TEST_CASE("comments carry over without their marks") {
  const auto& i = everything();
  CHECK(i.services.front().doc == "The desk.");
  CHECK(method("add").doc == "Adds.\n\nTwice.");
  CHECK(method("note").doc.empty());
  const auto& side = named(i.enumerations, "side");
  CHECK(side.doc == "Which way.\nTwo lines.");
  CHECK(side.values.at(0).doc == "to buy");
  CHECK(side.values.at(1).doc == "to sell");
  CHECK(side.values.at(2).doc == "Neither.");
  const auto& quote = named(i.records, "quote");
  CHECK(quote.doc == "A quote.");
  CHECK(quote.fields.at(0).doc == "in euros");
  CHECK(quote.fields.at(1).doc == "pieces");
}

TEST_CASE("enumerators keep their values, also the unsigned and negative ones") {
  const auto& i = everything();
  CHECK(named(i.enumerations, "side").values.at(2).value == 200);
  CHECK(named(i.enumerations, "order_id").values.at(0).value == -1); // the same bits
  CHECK(named(i.enumerations, "delta").values.at(0).value == -1);
  CHECK(named(i.enumerations, "trouble").values.at(1).value == 4'000'000'000);
  CHECK(named(i.enumerations, "trouble").errors);
  CHECK(named(i.enumerations, "trouble").qualified == "::parts::trouble");
}

TEST_CASE("each record comes after those that it holds") {
  std::vector<const gen::record*> seen;
  for (const auto& r : everything().records) {
    for (const gen::field& f : r->fields) {
      if (f.of.structure != nullptr) CHECK(std::find(seen.begin(), seen.end(), f.of.structure) != seen.end());
    }
    seen.push_back(r.get());
  }
}

TEST_CASE("types are found behind aliases, includes and namespaces") {
  const auto& i = everything();
  CHECK(i.headers == std::vector<std::string>{"everything.hpp"});
  CHECK(i.namespaces == std::vector<std::string>{"shop", "front"});
  CHECK(named(i.records, "inner").qualified == "::shop::front::details::inner");
  CHECK(method("note").parameters.at(0).of.spelling == "::std::string_view");
  CHECK(method("put").parameters.at(2).of.spelling == "::std::span<const ::std::int64_t>");
  CHECK(method("put").parameters.at(3).of.spelling == "::std::span<const ::shop::front::quote>");
  CHECK(method("put").parameters.at(4).of.spelling == "long long");
  CHECK(method("all").parameters.at(1).of.spelling == "::ringcall::sequence<::std::span<const ::std::byte>>");
  CHECK(named(i.records, "c_style").fields.at(0).of.spelling == "::std::int32_t[3][2]");
  CHECK(named(i.records, "c_style").fields.at(1).of.spelling == "::std::array<::std::byte, 5>");
}

TEST_CASE("methods keep their options") {
  CHECK(method("add").idempotent);
  CHECK(method("add").deadline_ns == 5'000'000);
  CHECK(method("add").request_has_bool);
  CHECK(method("add").fixed());
  CHECK(method("note").oneway);
  CHECK(method("note").worker);
  CHECK_FALSE(method("note").fixed());
  CHECK(method("find").result_wrapped);
  CHECK(method("find").errors == &named(everything().enumerations, "trouble"));
  CHECK(method("price").batch);
  CHECK(method("price").parameters.at(0).name == "request");
  CHECK(method("price").result.number == gen::scalar::f64);
  CHECK(method("all").errors == method("find").errors);
  CHECK(method("all").result.owned);
  CHECK(method("put").result.what == gen::kind::nothing);
}

TEST_CASE("a service that a macro makes is found") {
  REQUIRE(everything().services.size() == 2);
  CHECK(everything().services.back().name == "bell");
  CHECK(everything().services.back().methods.front().result.number == gen::scalar::i32);
}

TEST_CASE("methods come in the order of their ids") {
  const auto& all = everything().services.front().methods;
  CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; }));
}

TEST_CASE("heads lie as C lays out a struct's members") {
  std::vector<gen::field> fields(3);
  fields[0].of = of_size(1, 1);
  fields[1].of = of_size(8, 8);
  fields[2].of = of_size(2, 2);
  const gen::head h = gen::lay_out(fields);
  CHECK(fields[0].offset == 0);
  CHECK(fields[1].offset == 8);
  CHECK(fields[2].offset == 16);
  CHECK(h.size == 24);
  CHECK(h.align == 8);
}

TEST_CASE("no fields make an empty head") {
  std::vector<gen::field> none;
  CHECK(gen::lay_out(none).size == 0);
}

TEST_CASE("an optional's value lies behind a byte, aligned") {
  CHECK(gen::optional_head(of_size(1, 1)).size == 2);
  CHECK(gen::optional_head(of_size(8, 4)).size == 12);
  CHECK(gen::optional_head(of_size(8, 8)).size == 16);
}

TEST_CASE("a fixed text has an even size") {
  CHECK(gen::fixed_text_head(12).size == 14);
  CHECK(gen::fixed_text_head(13).size == 16);
  CHECK(gen::fixed_text_head(1).align == 2);
}

TEST_CASE("the compiler's include directories are found in what it prints") {
  const auto found = gen::parse_include_directories(
      "ignoring nonexistent directory \"/x\"\n#include \"...\" search starts here:\n#include <...> search starts here:\n "
          "/usr/include/c++/12\n /usr/include\nEnd of search list.\n /no\n");
  CHECK(found == std::vector<std::string>{"/usr/include/c++/12", "/usr/include"});
  CHECK(gen::parse_include_directories("c++: not found\n").empty());
}
