#pragma once
// A strict reader of Prometheus' text format 0.0.4: what it does not understand is a failure.

#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace ringcall::test {

struct metrics {
  std::map<std::string, double> samples;    // by name and labels, as written
  std::map<std::string, std::string> types; // by family
  std::set<std::string> helped;

  double at(const std::string& name) const {
    const auto it = samples.find(name);
    if (it == samples.end()) throw std::runtime_error("no sample " + name);
    return it->second;
  }
};

inline std::size_t end_of_name(const std::string& s, std::size_t at) {
  const std::size_t begin = at;
  while (at < s.size() && (std::isalpha(static_cast<unsigned char>(s[at])) || s[at] == '_' || s[at] == ':' || (at > begin && std::isdigit(static_cast<unsigned char>(s[at]))))) ++at;
  if (at == begin) throw std::runtime_error("a name is missing: " + s);
  return at;
}

// Returns what follows the labels.
inline std::size_t end_of_labels(const std::string& s, std::size_t at) {
  for (;;) {
    at = end_of_name(s, at);
    if (s.substr(at, 2) != "=\"") throw std::runtime_error("a label's value is missing: " + s);
    for (at += 2; at < s.size() && s[at] != '"'; ++at) {
      if (s[at] == '\\' && std::string("\\n\"").find(s.at(++at)) == std::string::npos) throw std::runtime_error("an unknown escape: " + s);
    }
    if (at + 1 >= s.size()) throw std::runtime_error("labels without an end: " + s);
    if (s[++at] == '}') return at + 1;
    if (s[at++] != ',') throw std::runtime_error("labels that are not apart: " + s);
  }
}

inline metrics parse_metrics(const std::string& text) {
  if (text.empty() || text.back() != '\n') throw std::runtime_error("the last line has no end");
  metrics m;
  std::istringstream in(text);
  std::string family; // whose samples follow
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string hash, kind, name, rest;
    if (line.starts_with("# ")) {
      words >> hash >> kind >> name;
      std::getline(words, rest);
      if (rest.empty() || (kind != "HELP" && kind != "TYPE")) throw std::runtime_error("a comment of another kind: " + line);
      if (kind == "HELP" ? !m.helped.insert(name).second : !m.types.emplace(name, rest.substr(1)).second) throw std::runtime_error("twice: " + line);
      family = name;
      continue;
    }
    std::size_t at = end_of_name(line, 0);
    std::string base = line.substr(0, at);
    if (m.types[family] == "histogram") {
      for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        if (base == family + suffix) base = family;
      }
    }
    if (base != family || !m.helped.contains(family)) throw std::runtime_error("a sample outside its family: " + line);
    if (line[at] == '{') at = end_of_labels(line, at + 1);
    if (line[at] != ' ') throw std::runtime_error("a value is missing: " + line);
    char* end;
    const double value = std::strtod(line.c_str() + at + 1, &end);
    if (*end != '\0' || end == line.c_str() + at + 1) throw std::runtime_error("no value: " + line);
    if (!m.samples.emplace(line.substr(0, at), value).second) throw std::runtime_error("twice: " + line);
  }
  return m;
}

}  // namespace ringcall::test
