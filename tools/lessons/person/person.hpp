#pragma once
#include <ringcall/interface.hpp>

namespace people {

inline constexpr std::uint32_t age_min = 18;

// A person's handle. The person itself stays in the server: Go has a number that means something to the client that got it, and to nobody else.
enum class person_id : std::uint64_t {};

enum class person_error : std::uint32_t {
  too_young = 1,       // age is below age_min
  nameless = 2,        // name is empty
  no_such_person = 3,  // the handle was freed, never given out, or given to another client
};

// A person's details. It owns its name, so it can be returned: Go gets a copy.
struct person {
  std::string name;
  std::uint32_t age;
};

// Persons, each of them owned by the server and held by the client that created it.
class RINGCALL_SERVICE registry {
 public:
  virtual ~registry() = default;

  // Creates a person and returns a handle to it. It lives until free is called, or its client goes.
  RINGCALL_METHOD(1) virtual ringcall::result<person_id, person_error> create(std::string_view name, std::uint32_t age) = 0;

  // A person's details.
  RINGCALL_METHOD(2, idempotent, errors(person_error)) virtual person details(person_id id) = 0;

  // Frees a person. Its handle never means anything again.
  RINGCALL_METHOD(3, errors(person_error)) virtual void free(person_id id) = 0;

  // How many persons there are, of all clients.
  RINGCALL_METHOD(4, idempotent) virtual std::uint64_t count() = 0;
};

}  // namespace people
