#pragma once
// The Go client as the one who survives: caller's program, told what to do by lines.

#include "sweep.hpp"

namespace ringcall::kill {

// Ends when it does. program is the path of kill-go.
std::unique_ptr<survivor> make_go_survivor(const std::string& program);

}  // namespace ringcall::kill
