#pragma once
// Go statements that write a value into a frame, read it out of one, and add up the room that it takes there.

#include "go_names.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ringcall::gen {

// Where a head lies: some offset behind what an expression says, or behind the frame's start.
struct go_offset {
  std::string base; // "at", "first+8*i", ""
  std::uint32_t plus = 0;

  go_offset operator+(std::uint32_t more) const { return {base, plus + more}; }
  std::string among() const; // as gofmt spaces it as one argument of several: at+8
  std::string alone() const; // as the only one: at + 8
};

// The statements of one function body, in the order of the calls. A value is an expression that can be assigned to.
class go_coder {
 public:
  // taken: names that the function has already. The writer or reader is used as w or r; pointer: it is a pointer.
  go_coder(std::set<std::string> taken, std::string with, bool pointer) : taken_(std::move(taken)), with_(std::move(with)), pointer_(pointer) {}

  void put(const type& t, const std::string& value, const go_offset& at);
  void read(const type& t, const std::string& value, const go_offset& at);
  const std::string& statements() const { return out_; }

 private:
  void put_fixed(const type& t, const std::string& value, const go_offset& at);
  void put_sequence(const type& t, const std::string& value, const go_offset& at);
  void read_fixed(const type& t, const std::string& value, const go_offset& at);
  void read_sequence(const type& t, const std::string& value, const go_offset& at);
  void line(const std::string& text) { out_ += indent_ + text + '\n'; }
  void open(const std::string& text);
  void close();
  std::string fresh(std::string_view name);
  std::string reference() const { return pointer_ ? with_ : '&' + with_; }

  std::set<std::string> taken_;
  std::string with_;
  bool pointer_;
  std::string out_;
  std::string indent_;
};

// The room that tails take: terms of a sum, and statements that add the rest to a variable named size.
struct go_size {
  std::vector<std::string> terms;
  std::string statements;
};

void add_tail(go_size& sum, const type& t, const std::string& value, const std::set<std::string>& taken, const std::string& variable = "size");

// The body of a function that returns the sum.
std::string go_sum(const go_size& sum, const std::string& variable = "size");

// Statements that normalise the bools in a value of fixed layout.
std::string go_normalise(const type& t, const std::string& value, const std::set<std::string>& taken = {});

// An element or a field's address, of a value that may be "*x".
std::string go_address(const std::string& value);
std::string go_selected(const std::string& value);

constexpr std::uint32_t padded(std::uint32_t size) { return (size + 7) / 8 * 8; }
inline std::uint32_t value_offset(const type& optional) { return optional.element->align; } // behind its present byte

}  // namespace ringcall::gen
