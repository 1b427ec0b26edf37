#pragma once
// What everything is called in the Go package, decided once for all emitters.

#include "model.hpp"
#include "names.hpp"
#include "text.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace ringcall::gen {

struct go_parameter {
  std::string name;
  std::string type;
  const field* of = nullptr;
};

// The form in which a method's requests and answers travel.
enum class form {
  record, // both are fixed: by CallRecord and its like
  frame,  // one of them is not
};

struct go_method {
  const method* of = nullptr;
  form sent = form::record;
  std::string name;                     // Add
  std::string stem;                     // of its own types' names: Add, or QuotesAdd where that would not be unique
  std::string variable;                 // quotesAdd: its ringcall.Method
  std::string pending;                  // addPending: the type of its posted calls
  std::string sizer, putter;            // sizeAdd, putAdd: the functions for its request, of form::frame
  std::string reader, shower;           // readAdd, showAdd: those for its answer
  std::vector<go_parameter> parameters; // without ctx
  std::set<std::string> taken;          // their names
  std::string request;                  // of form::record: AddRequest, Quote, struct{}
  bool own_request = false;             // AddRequest is the method's own
  std::string answer;                   // int64; struct{} if there is none
  std::string doc;

  bool answers() const { return of->result.what != kind::nothing; }
  bool is_dense() const { return sent == form::record && !parameters.empty() && !of->oneway; } // has runs of records, and batches if it answers
  bool has_each() const { return is_dense() && answers() && !of->batch; }
  bool has_view() const;                                                                       // text, bytes, or records in a row
};

struct go_service {
  const service* of = nullptr;
  std::string name;     // Quotes
  std::string done, done_empty; // quotesDone, quotesDoneEmpty: the fake's posted calls
  std::string description;      // quotesDescription
  std::string receiver; // of the client's methods
  std::vector<go_method> methods;
};

struct go_package {
  const interface* of = nullptr;
  std::string name;
  std::vector<go_service> services;
  std::map<const enumeration*, std::string> errors; // quoteErrorOf: the function that makes an error of a code
  std::set<const record*> sent;     // reached from parameters
  std::set<const record*> returned; // reached from results
};

// Capacities of the fixed_texts.
std::set<std::uint32_t> text_sizes(const interface& i);

// Throws bad_headers where two things would have one name.
go_package name_all(const interface& i, std::string_view package);

// The type as Go spells it; "" for nothing.
std::string go_type(const type& t);

// "0", "nil", "Quote{}" and so on.
std::string go_zero(const type& t);

// "a, b int32, name string"
std::string go_signature(const std::vector<go_parameter>& parameters);

// The same behind ", ", if there are any; and the names alone.
std::string go_more(const std::string& list);
std::string go_arguments(const std::vector<go_parameter>& parameters);

// A receiver's name for a type, none of the taken.
std::string go_receiver(std::string_view type, const std::set<std::string>& taken = {});

}  // namespace ringcall::gen
