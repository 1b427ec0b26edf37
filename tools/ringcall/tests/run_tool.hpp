#pragma once
// The tool as its users have it: a process, its outputs and its exit status.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringcall::tool::test {

struct tool_result {
  int status; // the exit status; -1: a signal
  std::string out, err;
};

// Started by the constructor, to be waited for once.
class tool_process {
 public:
  explicit tool_process(const std::vector<std::string>& arguments) : out_(std::tmpfile()), err_(std::tmpfile()) {
    const char* program = std::getenv("RINGCALL_TOOL");
    if (program == nullptr) throw std::runtime_error("RINGCALL_TOOL does not name the ringcall to test");
    std::vector<char*> words{const_cast<char*>(program)};
    for (const std::string& a : arguments) words.push_back(const_cast<char*>(a.c_str()));
    words.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    dup2(fileno(out_), STDOUT_FILENO);
    dup2(fileno(err_), STDERR_FILENO);
    execv(program, words.data());
    _exit(127);
  }

  pid_t pid() const noexcept { return pid_; }

  tool_result wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, all_of(out_), all_of(err_)};
  }

 private:
  static std::string all_of(std::FILE* file) {
    std::string text;
    std::rewind(file);
    for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
    std::fclose(file);
    return text;
  }

  std::FILE* out_;
  std::FILE* err_;
  pid_t pid_;
};

inline tool_result run_tool(const std::vector<std::string>& arguments) { return tool_process(arguments).wait(); }

}  // namespace ringcall::tool::test
