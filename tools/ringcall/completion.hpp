#pragma once
// Scripts that complete command lines in bash, zsh and fish, made of what the command line takes.

#include <string>
#include <vector>

namespace ringcall::tool {

struct option_words {
  std::vector<std::string> names; // with their dashes
  std::string help;
  std::string value; // what it takes, such as DURATION or FILE; empty: nothing
};

struct command_words {
  std::string name, help;
  std::vector<option_words> options;
  std::vector<std::string> arguments; // by position: NAME, WHAT, FILE, SHELL
};

// Throws misuse for a shell that is none of bash, zsh and fish.
std::string completion(const std::string& shell, const std::vector<command_words>& commands);

}  // namespace ringcall::tool
