//go:build ignore
// That line is for Go, which takes a .cpp file beside its own for cgo's. Meson builds this one.

#include "person.ringcall.hpp"

#include <ringcall/handles.hpp>

namespace {

using people::person_error;

class my_registry final : public people::registry {
 public:
  explicit my_registry(ringcall::server& server) : persons_(server, person_error::no_such_person) {}

  // Two ways to fail: return an error, as here, ...
  ringcall::result<people::person_id, person_error> create(std::string_view name, std::uint32_t age) override {
    if (name.empty()) return ringcall::error(person_error::nameless, "a person needs a name");
    if (age < people::age_min) {
      return ringcall::error(person_error::too_young, "the age is " + std::to_string(age) + ", expected " + std::to_string(people::age_min) + " or more");
    }
    return persons_.create(people::person{std::string{name}, age});
  }

  // ... or throw: handles does, person_error::no_such_person, unless id is the calling client's and alive.
  people::person details(people::person_id id) override { return *persons_.get(id); }
  void free(people::person_id id) override { persons_.free(id); }

  std::uint64_t count() override { return persons_.size(); }

 private:
  ringcall::handles<people::person, people::person_id> persons_;  // frees a client's persons when it goes
};

}  // namespace

int main() {
  ringcall::server server{"person"};
  my_registry registry{server};
  people::serve(server, registry);
  return server.run();
}
