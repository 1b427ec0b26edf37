#pragma once
// Standard output, of which each command writes whole answers.

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace ringcall::tool {

// Who reads the output has closed it: there is nothing left to do, and nothing to complain of.
struct output_closed {};

// The command line asks for what cannot be: exit status 2.
class misuse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Writes all of it at once. Throws output_closed, std::system_error.
void put(std::string_view text);

using json = nlohmann::ordered_json; // keys stay in the order in which they are documented
void put_json(const json& value, int indent = 2); // with a newline; bytes that are no UTF-8 are replaced

// Whether standard output takes colours: a terminal, and no NO_COLOR.
bool colourful();

}  // namespace ringcall::tool
