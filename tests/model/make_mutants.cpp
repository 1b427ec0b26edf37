// Makes the model's copies of ring.hpp and run_cursor.hpp: the same text over model::shared_word in place of std::atomic_ref, as written and with
// each mutation, each in a namespace of its own.
//
//   make_mutants OUTPUT RING_HPP RUN_CURSOR_HPP

#include "mutations.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

using ringcall::model::mutation;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

// The file without its includes, over the model's memory.
std::string body_of(const char* path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(std::string("cannot read ") + path);
  std::string text;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#include") || line.starts_with("#pragma once")) continue;
    text += line + "\n";
  }
  if (count(text, "namespace ringcall {") != 1) throw std::runtime_error(std::string(path) + ": expected to find \"namespace ringcall {\" once");
  return text;
}

std::string over_the_model(std::string text, const std::string& name) {
  replace_all(text, "namespace ringcall {", "namespace ringcall::" + name + " {");
  replace_all(text, "std::atomic_ref", "model::shared_word");
  replace_all(text, "std::memcpy", "model::shared_memcpy");
  for (const char* unknown : {"std::atomic", "__atomic", "volatile"}) {
    if (count(text, unknown) != 0) throw std::runtime_error(std::string("the ring's code uses ") + unknown + ", which the model does not know: teach shared_word.hpp and make_mutants.cpp");
  }
  return text;
}

std::string mutated(std::string text, const mutation& m) {
  const std::size_t found = count(text, m.from);
  if (found != 1) {
    throw std::runtime_error(std::string("mutation ") + m.name + ": its text stands " + std::to_string(found) +
                             " times in ring.hpp and run_cursor.hpp, expected once; adapt mutations.hpp. The text:\n" + m.from);
  }
  return text.replace(text.find(m.from), std::string(m.from).size(), m.to);
}

void write(std::ostream& out, const std::string& text, const std::string& name) {
  out << over_the_model(text, name) << "\nnamespace ringcall::model {\nstruct " << name << "_ring {\n";
  for (const char* type : {"slots", "record", "producer", "consumer", "run_cursor"}) out << "  using " << type << " = ringcall::" << name << "::" << type << ";\n";
  out << "};\n}  // namespace ringcall::model\n\n";
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: make_mutants OUTPUT RING_HPP RUN_CURSOR_HPP");
  const std::string text = body_of(argv[2]) + body_of(argv[3]);
  std::ostringstream out;
  out << "#pragma once\n// Made by make_mutants from ring.hpp and run_cursor.hpp.\n#include \"ringcall/abi.h\"\n#include \"ringcall/record.hpp\"\n#include \"shared_word.hpp\"\n\n";
  write(out, text, "as_written");
  std::string all;
  for (const mutation& m : ringcall::model::mutations) {
    write(out, mutated(text, m), m.name);
    all += std::string(all.empty() ? "" : ", ") + m.name + "_ring";
  }
  out << "#include <tuple>\n\nnamespace ringcall::model {\nusing mutants = std::tuple<" << all << ">; // in the order of mutations\n}\n";
  std::ofstream file(argv[1]);
  file << out.str();
  if (!file.flush()) throw std::runtime_error(std::string("cannot write ") + argv[1]);
  return 0;
} catch (const std::exception& e) {
  std::cerr << "make_mutants: " << e.what() << "\n";
  return 1;
}
