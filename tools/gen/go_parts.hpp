#pragma once
// The parts of a Go file, each as text at the top level. They note in imports which packages they use.

#include "go_names.hpp"

#include <set>
#include <string>

namespace ringcall::gen {

struct go_file {
  const go_package& package;
  std::set<std::string> imports; // paths
  std::string out;

  void use(std::string_view path) { imports.emplace(path); }
  void add(std::string_view text) { (out += '\n') += text; } // behind an empty line

  static constexpr std::string_view core = "github.com/ringcall/ringcall/go";
  static constexpr std::string_view wire = "github.com/ringcall/ringcall/go/wire";
};

void add_constants(go_file& file);
void add_enumerations(go_file& file);
void add_records(go_file& file);                               // fixed ones and messages
void add_struct(go_file& file, const std::string& name, const std::string& doc, const std::vector<field>& fields, std::uint32_t size);
void add_message_codec(go_file& file, const record& message);  // its part in frames
void add_interface(go_file& file, const go_service& s);        // and the types that it speaks of
void add_client(go_file& file, const go_service& s);           // with the blocking calls
void add_posts(go_file& file, const go_service& s);            // calls that are awaited later, and Each
void add_runs(go_file& file, const go_service& s);
void add_batches(go_file& file, const go_service& s);
void add_views(go_file& file, const go_service& s);
void add_frames(go_file& file, const go_service& s);           // requests and answers of variable data
void add_methods(go_file& file, const go_service& s);          // what the runtime knows of each, and the description
void add_fake(go_file& file, const go_service& s);

// The values that templates of one method know: Client, c, Name, Stem, method (its variable), parameters, arguments, answer, Request, returns and more.
values go_values(const go_service& s, const go_method& m);

// The arguments that the size of a request of variable data depends on.
std::string go_sized_arguments(const go_method& m);

}  // namespace ringcall::gen
