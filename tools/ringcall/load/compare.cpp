#include "compare.hpp"

#include "show_frame.hpp"

#include "ringcall/abi.h"

#include <algorithm>
#include <cstring>

namespace ringcall::load {
namespace {

bool is_enumerator(const std::string& line) { return line.find(": value ") != std::string::npos; }

}  // namespace

std::string interface_difference(const method& recorded, const method& served) {
  if (!recorded.described && !served.described) return {};
  if (!served.described) return recorded.name + ": the server does not describe it";
  if (!recorded.described) return served.name + ": the recording does not describe it";
  for (const std::string& line : recorded.lines) {
    if (!std::ranges::binary_search(served.lines, line)) return recorded.name + ": \"" + line + "\" is in the recording, not in the server";
  }
  for (const std::string& line : served.lines) {
    if (!is_enumerator(line) && !std::ranges::binary_search(recorded.lines, line)) return recorded.name + ": \"" + line + "\" is in the server, not in the recording";
  }
  return {};
}

bool is_same(const recorded_call& then, const now_answered& now) noexcept {
  const bool failed = then.status == RINGCALL_FAILED || then.status == RINGCALL_BATCH_FAILED;
  return then.status == now.status && (!failed || then.code == now.code) && std::ranges::equal(then.answer, now.bytes);
}

std::string show_difference(const method& m, const recorded_call& then, const now_answered& now) {
  return m.name + " " + show_request(m, then.request) + "\n  then " + show_answer(m, then.status, then.code, then.answer) + "\n  now  " + show_answer(m, now.status, now.code, now.bytes) + "\n";
}

}  // namespace ringcall::load
