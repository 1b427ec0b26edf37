// ringcall-gen: C++ headers -> the C++ dispatch and the Go client.

#include "describe.hpp"
#include "emit_cpp.hpp"
#include "emit_go.hpp"
#include "names.hpp"
#include "output.hpp"
#include "reader.hpp"

#include <CLI/CLI.hpp>

#include <cctype>
#include <cstdio>
#include <filesystem>
#include <string>

namespace {

namespace gen = ringcall::gen;

constexpr int exit_refused = 1; // the header is bad, or --check found stale output
constexpr int exit_failed = 2;  // usage, or a file cannot be read or written

struct arguments {
  gen::options read;
  std::string cpp, go, package;
  bool check = false, describe = false;
};

void add_options(CLI::App& app, arguments& a) {
  app.option_defaults()->always_capture_default(false);
  app.add_option("HEADER", a.read.headers, "the C++ header with the services; several that share types or a Go package are made together")->required();
  app.add_option("-I", a.read.include_directories, "a directory to look for includes in; ringcall's own is "
      "found beside this program, in ../include")->allow_extra_args(false)->type_name("DIR");
  app.add_option("-D", a.read.definitions, "a macro: NAME or NAME=VALUE")->allow_extra_args(false)->type_name("MACRO");
  app.add_option("--cpp", a.cpp, "where the C++ dispatch goes; by default NAME.ringcall.hpp beside NAME.hpp, if there is one header")->type_name("FILE");
  app.add_option("--go", a.go, "where the Go client goes; by default there is none")->type_name("FILE");
  app.add_option("--package", a.package, "the Go file's package; by default the services' namespace")->type_name("NAME");
  app.add_option("--include", a.read.include, "what the C++ dispatch includes; by default the headers by their file names")->type_name("TEXT");
  app.add_flag("--check", a.check, "write nothing; fail if a file is not what would be written");
  app.add_flag("--describe", a.describe, "write nothing; print the interface's description and fingerprint");
  app.footer("Exit status: 0; 1 if the header was refused or --check found a stale file; 2 if the command line is wrong or a file cannot "
      "be read or written.");
}

std::string default_package(const gen::interface& i) {
  std::string name;
  for (const char c : i.namespaces.empty() ? i.services.front().name : i.namespaces.back()) {
    if (c != '_') name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return gen::is_go_keyword(name) ? name + "pkg" : name;
}

bool is_package_name(const std::string& name) {
  return !name.empty() && name != "_" && !gen::is_go_keyword(name) && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
}

void print_descriptions(const gen::interface& i) {
  for (const gen::service& s : i.services) {
    const std::string text = gen::describe(i, s);
    std::printf("%sfingerprint %016llx\n", text.c_str(), static_cast<unsigned long long>(gen::fingerprint(text)));
  }
}

int report_stale(const std::vector<gen::output>& all, const std::vector<std::string>& headers) {
  const auto found = gen::stale(all);
  for (const std::string& text : found) std::fprintf(stderr, "%s\n", text.c_str());
  if (found.empty()) return 0;
  std::fprintf(stderr, "run ringcall-gen without --check to write anew what %s%s\n", headers.front().c_str(), headers.size() == 1 ? " says" : " and the others say");
  return exit_refused;
}

int run(const arguments& a) {
  const gen::interface i = gen::read(a.read);
  if (a.describe) {
    print_descriptions(i);
    return 0;
  }
  std::vector<gen::output> all;
  const auto cpp = a.cpp.empty() ? std::filesystem::path(a.read.headers.front()).replace_extension(".ringcall.hpp").string() : a.cpp;
  all.push_back({cpp, gen::emit_cpp(i)});
  if (!a.go.empty()) {
    const std::string package = a.package.empty() ? default_package(i) : a.package;
    all.push_back({a.go, gen::emit_go(i, package)});
    for (const auto& [name, text] : gen::emit_go_texts(i, package)) all.push_back({std::filesystem::path(a.go).replace_filename(name).string(), text});
  }
  if (a.check) return report_stale(all, a.read.headers);
  gen::write_all(all);
  return 0;
}

int fail(const std::string& text) {
  std::fprintf(stderr, "ringcall-gen: %s\n", text.c_str());
  return exit_failed;
}

}  // namespace

int main(int count, char** values) {
  CLI::App app{"Reads C++ headers and writes the C++ dispatch and the Go client of the services in them.", "ringcall-gen"};
  arguments a;
  add_options(app, a);
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_failed;
  }
  if (!a.package.empty() && !is_package_name(a.package)) return fail("--package " + a.package +
      " is no Go package name; write small letters, digits and _, a letter first, and no keyword");
  std::error_code ignored;
  for (const std::string& h : a.read.headers) {
    if (!std::filesystem::is_regular_file(h, ignored)) return fail("there is no file " + h + "; name the C++ header with the services");
  }
  if (a.read.headers.size() > 1 && a.cpp.empty() && !a.describe) return fail("several headers have one C++ dispatch; name its file with --cpp");
  try {
    return run(a);
  } catch (const gen::bad_headers& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return exit_refused;
  } catch (const std::exception& e) {
    return fail(e.what());
  }
}
