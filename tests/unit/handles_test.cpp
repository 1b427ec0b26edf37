// Handles: what is a client's, and that everything else is refused alike. What happens when a client goes is interop's clients_test.

#include "ringcall/handles.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace ringcall;

namespace {

std::atomic<int> alive{0};

struct person {
  explicit person(std::string n) : name(std::move(n)) {
    if (name.empty()) throw failure(18, "no name");
    ++alive;
  }
  ~person() { --alive; }
  std::string name;
};

enum class person_id : std::uint64_t {};
enum class person_error : std::uint32_t { no_such_person = 4 };

const client_info one{1, 0, 0}, two{2, 0, 0};

template <class F>
std::string refused(F f) {
  try {
    f();
  } catch (const failure& e) {
    return std::to_string(e.code()) + ": " + e.what();
  }
  return "accepted";
}

std::string number_of(person_id id) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(id));
  return text;
}

struct fixture {
  server s{"unused"};
  handles<person, person_id> people{s, person_error::no_such_person};
};

}  // namespace

TEST_CASE("an object is reached by its handle until it is freed") {
  fixture f;
  const caller_scope scope(one);
  const person_id ada = f.people.create("Ada"), bob = f.people.create("Bob");
  CHECK(f.people.size() == 2);
  CHECK(f.people.get(ada)->name == "Ada");
  CHECK(f.people.get(bob)->name == "Bob");
  f.people.free(ada);
  CHECK(alive == 1);
  CHECK(f.people.size() == 1);
  CHECK(f.people.get(bob)->name == "Bob");
  f.people.free(bob);
  CHECK(alive == 0);
}

TEST_CASE("freed, forged, zero and another client's handles are refused alike") {
  fixture f;
  const caller_scope scope(one);
  const person_id freed = f.people.create("Ada"), kept = f.people.create("Bob");
  f.people.free(freed);
  person_id others;
  {
    const caller_scope other(two);
    others = f.people.create("Eve");
    CHECK(f.people.get(others)->name == "Eve");
    CHECK(refused([&] { f.people.get(kept); }) != "accepted");
    CHECK(refused([&] { f.people.free(kept); }) != "accepted");
  }
  for (const person_id id : {freed, others, person_id{0}, person_id{1}, static_cast<person_id>(~0ull), static_cast<person_id>(static_cast<std::uint64_t>(kept) + 1)}) {
    const std::string wanted = "4: no handle " + number_of(id) + ": it was freed, belongs to another client or was never given out";
    CHECK(refused([&] { f.people.get(id); }) == wanted);
    CHECK(refused([&] { f.people.free(id); }) == wanted);
  }
  CHECK(f.people.get(kept)->name == "Bob");
  CHECK(f.people.size() == 2);
}

TEST_CASE("a handle says nothing of the next") {
  server s{"unused"};
  handles<person> a{s}, b{s};
  const caller_scope scope(one);
  std::set<std::uint64_t> seen, steps;
  std::uint64_t before = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t id = a.create("x");
    CHECK(id != 0);
    CHECK(seen.insert(id).second);
    steps.insert(id - before);
    before = id;
    if (i % 2 == 0) a.free(id); // no number comes again
  }
  CHECK(steps.size() == 1000);
  CHECK_FALSE(seen.contains(b.create("x")));
  CHECK(refused([&] { a.get(7); }).starts_with("4294967295: no handle 0x7: "));
}

TEST_CASE("an object lives as long as a handler holds it") {
  fixture f;
  const caller_scope scope(one);
  const person_id ada = f.people.create("Ada");
  const auto held = f.people.get(ada);
  f.people.free(ada);
  CHECK(alive == 1);
  CHECK(held->name == "Ada");
  CHECK(f.people.size() == 0);
}

TEST_CASE("a constructor that throws leaves nothing") {
  fixture f;
  const caller_scope scope(one);
  CHECK(refused([&] { f.people.create(""); }) == "18: no name");
  CHECK(f.people.size() == 0);
}

TEST_CASE("outside a handler handles are nobody's") {
  fixture f;
  CHECK_THROWS_AS(f.people.create("Ada"), std::logic_error);
  CHECK_THROWS_AS(f.people.get(person_id{1}), std::logic_error);
  CHECK(alive == 0);
}

TEST_CASE("a destructor may use the handles") {
  struct node {
    handles<node>* of;
    std::uint64_t next;
    ~node() {
      if (next != 0) of->free(next);
    }
  };
  server s{"unused"};
  handles<node> nodes{s};
  const caller_scope scope(one);
  std::uint64_t next = 0;
  for (int i = 0; i < 10; ++i) next = nodes.create(&nodes, next);
  nodes.free(next);
  CHECK(nodes.size() == 0);
}

TEST_CASE("handles may be used on many threads at once") {
  fixture f;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::uint64_t t = 1; t <= 4; ++t) {
    threads.emplace_back([&f, &wrong, t] {
      const client_info me{t, 0, 0};
      const caller_scope scope(me);
      for (int i = 0; i < 5000; ++i) {
        const std::string name = std::to_string(t) + "/" + std::to_string(i);
        const person_id id = f.people.create(name);
        if (f.people.get(id)->name != name) ++wrong;
        if (i % 8 != 0) f.people.free(id);
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK(f.people.size() == 4 * 625);
}
