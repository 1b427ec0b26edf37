#pragma once
// The tool as a process: what it prints and how it ends, with or without a terminal.

#include "unique_fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace ringcall::tool::test {

struct outcome {
  int status = -1; // exit status; 128 + the signal that ended it
  std::string out, err;
};

// Runs the program RINGCALL_TOOL names to its end, at most 30 s.
outcome run(const std::vector<std::string>& arguments);
// The same through the shell: "$T" is the program.
outcome run_shell(const std::string& command);

// The tool in a terminal of its own.
class in_terminal {
 public:
  in_terminal(const std::vector<std::string>& arguments, int columns, int rows);
  ~in_terminal();

  // Reads until the text has been printed, since the start or the last forget; false: not within 20 s, or it has ended.
  bool shows(const std::string& text);
  void forget() { printed_.clear(); }
  void type(const std::string& keys);
  void resize(int columns, int rows);
  void signal(int number);
  int end(); // waits for it; as outcome::status
  bool echoes() const; // whether the terminal is in its usual state
  const std::string& printed() const noexcept { return printed_; }

 private:
  bool read_some(int timeout_ms);
  unique_fd terminal_;
  pid_t pid_ = -1;
  std::string printed_;
};

}  // namespace ringcall::tool::test
