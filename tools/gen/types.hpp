#pragma once
// From clang's types to those of the model, and everything that a header may not say in a type.

#include "clang.hpp"
#include "layout.hpp"
#include "model.hpp"
#include "problems.hpp"

#include <map>
#include <optional>
#include <string>

namespace ringcall::gen {

// Where a type stands, for messages.
struct place {
  location at;
  std::string what; // "parameter 'name' of quotes::add"
};

// A C++ type's spelling as people write it: without :: in front.
std::string shown(const std::string& spelling);
std::string shown(CXType t);

// The same type as a view: what a parameter is to be instead of an owner.
std::string view_of(const type& t);

class type_reader {
 public:
  // Records and enumerations that it comes across are appended to found.
  type_reader(const clang::translation_unit& unit, problems& faults, interface& found) : unit_(unit), faults_(faults), found_(found) {}

  // Nothing: the fault was noted. void is one.
  std::optional<type> read(CXType t, const place& p);
  enumeration* read_enumeration(CXCursor declared, const place& p);

  // The element of a batch's std::span: const for the requests, mutable for the answers.
  std::optional<type> read_batch_span(CXType t, const place& p, bool constant);

  // T, E of a ringcall::result<T, E>; nothing if it is another type.
  struct result_types {
    CXType value, error;
  };
  std::optional<result_types> result_arguments(CXType t) const;

 private:
  struct known_record {
    const record* read = nullptr; // null while it is being read, and if it is bad
    bool done = false;
  };

  std::nullopt_t refuse(const place& p, const std::string& found);
  std::optional<type> finish(type t, const head& h, const place& p);

  bool is_spelled_64(CXType t, int depth) const;
  std::optional<type> read_scalar(CXType t, CXType canonical, const place& p);
  std::optional<type> read_class(CXType t, CXType canonical, const place& p);
  std::optional<type> read_c_array(CXType canonical, CXType t, const place& p);
  std::optional<type> array_of(type element, std::uint64_t count, const std::string& spelling, const place& p);

  // templates.cpp
  std::optional<type> read_template(const std::string& name, CXType t, CXType canonical, const place& p);
  std::optional<type> read_text(CXType t, CXType canonical, bool owned, const place& p);
  std::optional<type> read_span(CXType t, CXType canonical, const place& p);
  std::optional<type> read_vector(CXType t, CXType canonical, const place& p);
  std::optional<type> read_sequence(CXType t, const place& p);
  std::optional<type> read_optional(CXType t, const place& p);
  std::optional<type> read_fixed_text(CXType canonical, const place& p);
  std::optional<type> sequence_of(type element, std::string spelling, bool owned, const place& p);

  // records.cpp
  const record* read_record(CXCursor declared, const place& p);
  bool read_members(CXCursor definition, record& r, std::vector<CXCursor>& fields);
  bool read_field(CXCursor f, record& r);
  bool lay_out_and_check(CXCursor definition, record& r, const std::vector<CXCursor>& fields);

  const clang::translation_unit& unit_;
  problems& faults_;
  interface& found_;
  std::map<std::string, known_record> records_;      // by clang's name for the declaration
  std::map<std::string, enumeration*> enumerations_; // null: bad
};

// The template's argument, as the header spells it where clang still knows: std::int64_t is not long then.
CXType template_argument(CXType t, unsigned index);

// The number among a template's arguments: 4 of std::array<double, 4> at index 1. Read off the canonical spelling, since libclang tells the
// numbers of functions only; newer ones leave default arguments out of it, which is nothing.
std::optional<std::uint64_t> number_argument(CXType canonical, int index);

// Every typedef and using alias of that name, in whatever namespace.
std::vector<CXCursor> find_aliases(const clang::translation_unit& unit, const std::string& name);

// The comment before or behind a declaration, without its marks.
std::string doc_of(CXCursor c);

}  // namespace ringcall::gen
