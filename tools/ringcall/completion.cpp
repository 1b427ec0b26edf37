#include "completion.hpp"

#include "observe/resolve.hpp"
#include "print/output.hpp"

#include <algorithm>

namespace ringcall::tool {
namespace {

// Within single quotes.
std::string in_quotes(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + safe + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& w : words) all += (all.empty() ? "" : " ") + w;
  return all;
}

bool takes_files(const std::string& what) { return what.find("FILE") != std::string::npos || what.find("DIR") != std::string::npos || what == "WHAT"; }
bool takes_names(const std::string& what) { return what == "NAME" || what == "WHAT"; }

std::string bash(const std::vector<command_words>& commands) {
  std::vector<std::string> names;
  std::string cases;
  for (const auto& c : commands) {
    names.push_back(c.name);
    std::string flags, values;
    for (const auto& o : c.options) {
      flags += (flags.empty() ? "" : " ") + joined(o.names);
      if (!o.value.empty()) {
        for (const std::string& n : o.names) values += (values.empty() ? "" : "|") + n;
      }
    }
    const bool wants_names = std::any_of(c.arguments.begin(), c.arguments.end(), takes_names);
    const bool wants_files = std::any_of(c.arguments.begin(), c.arguments.end(), takes_files);
    const bool wants_shell = std::find(c.arguments.begin(), c.arguments.end(), "SHELL") != c.arguments.end();
    cases += "    " + c.name + ") flags=" + in_quotes(flags) + " values=" + in_quotes(values) + " names=" + (wants_names ? "1" : "") + " files=" + (wants_files ? "1" : "") +
             " words=" + (wants_shell ? "'bash zsh fish'" : "''") + " ;;\n";
  }
  return R"sh(# bash completion of ringcall; made by 'ringcall completion bash'.
_ringcall() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} flags='' values='' names='' files='' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W ')sh" + joined(names) + R"sh( --help' -- "$current"))
    return
  fi
  case ${COMP_WORDS[1]} in
)sh" + cases + R"sh(    *) return ;;
  esac
  if [ -n "$values" ] && [[ "$previous" =~ ^($values)$ ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  fi
  case $current in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *)
      COMPREPLY=($(compgen -W "$words ${names:+$(ringcall list --names 2>/dev/null)}" -- "$current"))
      if [ -n "$files" ]; then COMPREPLY+=($(compgen -f -- "$current")); fi
      ;;
  esac
}
complete -F _ringcall ringcall
)sh";
}

// In zsh's descriptions brackets and colons have a meaning.
std::string plain(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == ':' || c == '[' || c == ']' ? std::string("\\") + c : std::string(1, c);
  return safe;
}

std::string zsh(const std::vector<command_words>& commands) {
  std::string list, cases;
  for (const auto& c : commands) {
    list += "    " + in_quotes(plain(c.name) + ":" + c.help) + "\n";
    cases += "      " + c.name + ")\n        _arguments";
    for (const auto& o : c.options) {
      for (const std::string& n : o.names) {
        cases += " \\\n          " + in_quotes(n + "[" + plain(o.help) + "]" + (o.value.empty() ? "" : ":" + o.value + ":" + (takes_files(o.value) ? "_files" : " ")));
      }
    }
    for (const std::string& a : c.arguments) {
      cases += " \\\n          " + in_quotes("*:" + a + ":" + (a == "SHELL" ? "(bash zsh fish)" : takes_names(a) ? "_ringcall_names" : "_files"));
    }
    cases += "\n        ;;\n";
  }
  return R"sh(#compdef ringcall
# zsh completion of ringcall; made by 'ringcall completion zsh'.
_ringcall_names() {
  local -a names
  names=(${(f)"$(ringcall list --names 2>/dev/null)"})
  compadd -a names
  _files
}
_ringcall() {
  local -a commands
  commands=(
)sh" + list + R"sh(  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
)sh" + cases + R"sh(    esac
  fi
}
_ringcall "$@"
)sh";
}

std::string fish(const std::vector<command_words>& commands) {
  std::string text = "# fish completion of ringcall; made by 'ringcall completion fish'.\ncomplete -c ringcall -f\n";
  for (const auto& c : commands) {
    const std::string here = "complete -c ringcall -n '__fish_seen_subcommand_from " + c.name + "'";
    text += "complete -c ringcall -n __fish_use_subcommand -a " + c.name + " -d " + in_quotes(c.help) + "\n";
    for (const auto& o : c.options) {
      text += here;
      for (const std::string& n : o.names) text += n.starts_with("--") ? " -l " + n.substr(2) : " -s " + n.substr(1);
      text += (o.value.empty() ? "" : takes_files(o.value) ? " -r -F" : " -x") + (" -d " + in_quotes(o.help)) + "\n";
    }
    for (const std::string& a : c.arguments) {
      if (takes_names(a)) text += here + " -a '(ringcall list --names 2>/dev/null)'\n";
      if (takes_files(a)) text += here + " -F\n";
      if (a == "SHELL") text += here + " -a 'bash zsh fish'\n";
    }
  }
  return text;
}

}  // namespace

std::string completion(const std::string& shell, const std::vector<command_words>& commands) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  throw misuse("there is no completion for '" + shell + "'" + observe::suggestion(shell, {"bash", "zsh", "fish"}) + " (bash, zsh, fish)");
}

}  // namespace ringcall::tool
