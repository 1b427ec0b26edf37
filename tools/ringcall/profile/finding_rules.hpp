// The rules behind find(), by their subject. Each appends what it finds, or nothing.
#pragma once

#include "profile/findings.hpp"

namespace ringcall::profile {

// What rules share: of each method that was called, what its time near the p99 is made of.
struct subject {
  std::size_t method;
  composition made_of;
  bool is_p99; // else the mean
};
struct evidence {
  const recording& of;
  std::vector<subject> subjects; // the method that took most time first; only those with samples_some samples
};

using finding_rule = void (*)(const evidence&, std::vector<finding>&);

// finding_stages.cpp: where the time went.
void wakes_of_clients(const evidence&, std::vector<finding>&);
void wakes_of_the_server(const evidence&, std::vector<finding>&);
void queueing(const evidence&, std::vector<finding>&);
void responses(const evidence&, std::vector<finding>&);
void handlers(const evidence&, std::vector<finding>&);
void heavy_tails(const evidence&, std::vector<finding>&);

// finding_server.cpp: what the server and its clients did.
void long_turns(const evidence&, std::vector<finding>&);
void stopped_server(const evidence&, std::vector<finding>&);
void stopped_clients(const evidence&, std::vector<finding>&);
void pauses(const evidence&, std::vector<finding>&);
void end_of_the_server(const evidence&, std::vector<finding>&);
void arena_and_ring_waits(const evidence&, std::vector<finding>&);
void broken_rules(const evidence&, std::vector<finding>&);

// finding_answers.cpp: what the calls were answered.
void failures(const evidence&, std::vector<finding>&);
void expired_calls(const evidence&, std::vector<finding>&);
void unknown_methods(const evidence&, std::vector<finding>&);
void refused_answers(const evidence&, std::vector<finding>&);
void cancelled_calls(const evidence&, std::vector<finding>&);

// finding_samples.cpp: how far the rest can be trusted.
void few_samples(const evidence&, std::vector<finding>&);
void unobserved_samples(const evidence&, std::vector<finding>&);
void missed_samples(const evidence&, std::vector<finding>&);
void other_rate(const evidence&, std::vector<finding>&);

// "`a`", "`a` and `b`", "`a`, `b`, `c` and 5 more".
std::string list_of(const recording& of, const std::vector<std::size_t>& methods);
// Whether more loops could share the work: some loop has several channels with calls.
bool loops_are_shared(const recording& of);
// "(ringcall tune NAME --WHAT 200us)" with the recording's server; the name in shell quotes where it needs them.
std::string tune_command(const recording& of, const std::string& option, const std::string& value);

}  // namespace ringcall::profile
