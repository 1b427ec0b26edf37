#pragma once
// The subcommands, each a plain struct of what the command line asked for and a function that does it. A result is the exit status: 0, or 1 for a finding that
// is bad. Throws observe::problem and others (exit status 1), misuse (2), output_closed (0).

#include <cstdint>
#include <optional>
#include <string>

namespace ringcall::tool {

struct list_options {
  bool json = false;
  bool names = false; // nothing else, one a line
};
int run_list(const list_options& o);

struct inspect_options {
  std::string name;
  bool json = false;
};
int run_inspect(const inspect_options& o);

struct stat_options {
  std::string name;
  std::uint64_t interval_ns = 1'000'000'000;
  bool repeat = false;     // each interval, count times; else one
  std::uint64_t count = 0; // 0: until interrupted
  bool total = false;      // what was counted since the server's start, at once
  std::uint64_t sample = 64; // one call in so many while it runs; 0: as it is
  bool json = false;
};
int run_stat(const stat_options& o);

struct top_options {
  std::string name;
  std::uint64_t interval_ns = 1'000'000'000;
  std::uint64_t sample = 64;
};
int run_top(const top_options& o);

struct tune_options {
  std::string name;
  std::optional<std::uint64_t> sample;         // one call in so many; 0: none
  std::optional<std::uint64_t> server_spin_ns;
  std::optional<std::uint64_t> client_spin_us; // RINGCALL_SPIN_OWN: the clients' own
  bool json = false;
};
int run_tune(const tune_options& o);

struct postmortem_options {
  std::string what; // a dump's file, a client's pid, or a name
  bool json = false;
};
int run_postmortem(const postmortem_options& o);

struct doctor_options {
  std::string name; // of a server to look at, too; may be empty
  bool json = false;
};
int run_doctor(const doctor_options& o);

}  // namespace ringcall::tool
