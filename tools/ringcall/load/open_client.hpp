#pragma once

#include "client.hpp"

#include <memory>
#include <string>

namespace ringcall::load {

// A client of the server that the name means (observe::resolve). Throws observe::problem, and what attach throws.
std::unique_ptr<client> open_client(const std::string& name);

}  // namespace ringcall::load
