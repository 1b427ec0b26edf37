#pragma once
// A bench's outcome, as text, JSON and percentiles of HdrHistogram's format.

#include "bench_client.hpp"

#include "load/commands.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringcall::load {

struct bench_report {
  tool::bench_options asked;
  std::vector<std::string> names;     // of the methods
  std::vector<method_result> results; // of each
  std::uint64_t elapsed_ns = 0;
  std::uint64_t client_cpu_ns = 0;
  std::optional<std::uint64_t> server_cpu_ns;
  std::string error; // why it ended early; empty: it did not

  method_result total() const;
  bool is_good() const; // every call that was sent was understood and had an answer that is one; handlers may have failed
};

std::string text_of(const bench_report& r);
nlohmann::ordered_json json_of(const bench_report& r);
// Values in microseconds.
std::string hgrm_of(const observe::histogram& h);
// Latencies in nanoseconds.
nlohmann::ordered_json json_of(const observe::histogram& h);

}  // namespace ringcall::load
