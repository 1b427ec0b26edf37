// The documents that a recording becomes, each as its bytes. None of them throws for what a recording holds.
#pragma once

#include <string>
#include <vector>

#include "profile/findings.hpp"
#include "profile/recording.hpp"

namespace ringcall::profile {

std::string html_report(const recording& of, const std::vector<finding>& findings); // one page that needs nothing else: no script, no network
std::string png_report(const recording& of, const std::vector<finding>& findings);  // throws std::runtime_error if cairo fails
std::string text_report(const recording& of, const std::vector<finding>& findings);
std::string json_data(const recording& of, const std::vector<finding>& findings);

// Chrome's trace event format, as Perfetto opens it: clients and server as processes, sampled calls as slices with their stages in them and arrows between.
std::string json_trace(const recording& of);

// HdrHistogram's percentile output, in microseconds.
std::string hgrm(const observe::histogram& values);

struct document {
  std::string name; // a file's
  std::string bytes;
};
// METHOD.STAGE.hgrm for all that have values. Names hold nothing that a shell or a file system minds, and no two are the same.
std::vector<document> hgrm_documents(const recording& of);

// What the reports say of the recording in general: what, then how it was.
struct fact {
  std::string what;
  std::string value;
};
std::vector<fact> facts(const recording& of);
std::string about_stages(const recording& of); // of what calls they are shown

// How much of everything the reports show; the data have all.
constexpr std::size_t methods_in_waterfall = 12;
constexpr std::size_t methods_in_percentiles = 8;
constexpr std::size_t methods_in_tables = 50;
constexpr std::size_t channels_in_tables = 30;
constexpr std::size_t slowest_in_tables = 20;
constexpr std::size_t calls_in_trace = 8000;

}  // namespace ringcall::profile
