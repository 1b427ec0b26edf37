#pragma once
// The Go side of an interface: one file of a package.

#include "model.hpp"

#include <string>
#include <string_view>

namespace ringcall::gen {

// As gofmt would leave it. Throws bad_headers where two names of the header become one in Go, or one that the generated code has for itself.
std::string emit_go(const interface& i, std::string_view package);

}  // namespace ringcall::gen
