#pragma once
// What 'ringcall doctor' looks at.

#include <string>
#include <string_view>
#include <vector>

namespace ringcall::observe {
class server;
}

namespace ringcall::tool {

enum class grade { fine, note, hurts, fails };

struct finding {
  std::string check; // what was looked at, a word or two: also the key in JSON
  grade how;
  std::string found;
  std::string effect = {}; // on ringcall; empty if fine
  std::string advice = {};
};

std::string_view grade_name(grade g);

// Where the system's files are: "" but in tests, which put others below a directory.
std::vector<finding> check_processor(const std::string& root);
std::vector<finding> check_system(const std::string& root); // what the kernel allows: sealing, pidfds, limits, the runtime directory
std::vector<finding> check_server(const observe::server& s);

std::string doctor_text(const std::vector<finding>& all);

}  // namespace ringcall::tool
