#pragma once
// A header -> the model. This is the only way in; it parses the header once.

#include "model.hpp"
#include "options.hpp"
#include "problems.hpp"

namespace ringcall::gen {

// Throws bad_headers with all that is wrong in it, std::runtime_error if libclang cannot run.
interface read(const options& o);

}  // namespace ringcall::gen
