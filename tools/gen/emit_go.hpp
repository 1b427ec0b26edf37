#pragma once
// The Go side of an interface: a file of a package, and those that it shares with other interfaces.

#include "model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringcall::gen {

// As gofmt would leave it. Throws bad_headers where two names of the header become one in Go, or one that the generated code has for itself.
std::string emit_go(const interface& i, std::string_view package);

struct go_source {
  std::string name; // of the file
  std::string text;
};

// The types of fixed_text, each in a file that is the same whatever interface of the package it is made for.
std::vector<go_source> emit_go_texts(const interface& i, std::string_view package);

}  // namespace ringcall::gen
