#pragma once
// Collects what is wrong in a header, so that one run tells all of it.

#include "model.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace ringcall::gen {

struct problem {
  location at;
  std::string text; // what was found and what to write instead
};

// "file:line:column: error: text"
std::string to_string(const problem& p);

// Thrown by read: at least one problem, in the order of the header's lines.
class bad_headers : public std::runtime_error {
 public:
  explicit bad_headers(std::vector<problem> all);
  const std::vector<problem>& all() const noexcept { return all_; }

 private:
  std::vector<problem> all_;
};

class problems {
 public:
  void add(location at, std::string text);
  bool empty() const noexcept { return all_.empty(); }
  void throw_if_any();

 private:
  std::vector<problem> all_;
};

}  // namespace ringcall::gen
