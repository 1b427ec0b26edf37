#pragma once
// What was made, on its way to files: all of it or nothing.

#include <stdexcept>
#include <string>
#include <vector>

namespace ringcall::gen {

struct output {
  std::string path;
  std::string text;
};

// Thrown when a file cannot be read or written; says which, and why.
class io_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Writes each beside its place first, and moves them there when all are written. On failure the old files are as they were.
void write_all(const std::vector<output>& all);

// For each file that is not as it would be written: a line that says where it differs first.
std::vector<std::string> stale(const std::vector<output>& all);

}  // namespace ringcall::gen
