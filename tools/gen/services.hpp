#pragma once
// Classes marked RINGCALL_SERVICE and their methods.

#include "annotations.hpp"
#include "types.hpp"

#include <map>
#include <optional>
#include <string>

namespace ringcall::gen {

class service_reader {
 public:
  service_reader(const clang::translation_unit& unit, problems& faults, type_reader& types) : unit_(unit), faults_(faults), types_(types) {}

  // Nothing: faults were noted.
  std::optional<service> read(CXCursor declared);

 private:
  void read_member(CXCursor c, service& s);
  void read_method(CXCursor c, const std::string& annotation, service& s);
  void check_form(CXCursor c, const std::string& name);
  bool read_parameters(CXCursor c, method& m, const std::string& name);
  bool read_batch_parameters(CXCursor c, method& m, const std::string& name);
  bool read_result(CXCursor c, method& m, const std::string& name);
  bool read_errors(CXCursor c, const std::string& listed, method& m, const std::string& name);
  bool lay_out_request(method& m, const std::string& name);
  void check_options(const method& m, const std::string& name);
  void check_error_values(enumeration& e, const std::string& name);
  void check_id(const method& m, const service& s);
  void check_names(const service& s);

  const clang::translation_unit& unit_;
  problems& faults_;
  type_reader& types_;
  std::map<std::uint16_t, std::string> ids_; // of all services: whose it is
};

// The enum of that name, possibly with :: in it, as it would be found from inside the class; null if there is none.
CXCursor find_enumeration(const clang::translation_unit& unit, CXCursor from, const std::string& name);

}  // namespace ringcall::gen
