#pragma once
// Names in Go for what a header names in C++.

#include "model.hpp"
#include "problems.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace ringcall::gen {

// order_id, orderId or ORDER_ID: OrderID. Initialisms are written as Go writes them.
std::string exported(std::string_view name);

// order_id: orderID.
std::string unexported(std::string_view name);

// A parameter's name: unexported, and with Arg behind it where Go or the generated code has the word for something else.
std::string parameter_name(std::string_view name);

// A method's name: exported, and with Call behind it where every client has a method of that name, such as Close.
std::string method_name(std::string_view name);

bool is_go_keyword(std::string_view word);

// side, buy: SideBuy. Also for side_buy and kBuy, which say in their own way whose they are.
std::string enumerator_name(const enumeration& of, const enumerator& e);

// Whether the parameters make a record of their own: they are fixed, and not one record or none.
bool has_own_request(const method& m);

// The first of the candidates that is not taken; the last one with Arg behind it, as often as it takes, if all are.
std::string free_name(const std::set<std::string>& taken, std::initializer_list<std::string_view> candidates);

// Where each Go name stands for one thing.
class scope {
 public:
  // where: "in Go", "in the Go struct Quote".
  scope(std::string where, problems& found) : where_(std::move(where)), found_(found) {}

  // A problem at the location if the name is taken: the text names both claimants. what: "the record order_id".
  void claim(const std::string& name, const std::string& what, const location& at);
  bool has(const std::string& name) const { return owners_.contains(name); }

 private:
  struct owner {
    std::string what;
    location at;
  };
  std::string where_;
  problems& found_;
  std::map<std::string, owner> owners_;
};

}  // namespace ringcall::gen
