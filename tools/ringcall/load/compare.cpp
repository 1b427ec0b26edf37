#include "compare.hpp"

#include "show_frame.hpp"
#include "walk_frame.hpp"

#include "ringcall/abi.h"
#include "ringcall/error.hpp"

#include <algorithm>
#include <string_view>

namespace ringcall::load {
namespace {

bool is_enumerator(const std::string& line) { return line.find(": value ") != std::string::npos; }

// Two frames of one description hold the same values if this makes the same bytes of them.
struct value_bytes {
  std::string& to;

  void add(char what, std::string_view bytes) { to.append(1, what).append(bytes); }
  void add(char what, std::uint64_t n) { add(what, {reinterpret_cast<const char*>(&n), sizeof n}); }
  void number(const type& t, const std::byte* head) {
    if (t.number == scalar::boolean) return add('n', std::uint64_t{*head != std::byte{0}});
    add('n', {reinterpret_cast<const char*>(head), size_of(t.number)});
  }
  void text(std::string_view view) {
    add('t', view.size());
    to.append(view);
  }
  void bytes(std::span<const std::byte> view) { text({reinterpret_cast<const char*>(view.data()), view.size()}); }
  void absent() { to += 'a'; }
  void list(std::size_t count) { add('l', count); }
  void record() { to += 'r'; }
  value_bytes element() const { return *this; }
  value_bytes field(const std::string&) const { return *this; }
};

std::string values_of(const method& m, std::span<const std::byte> answer) {
  std::string all;
  walk_frame(m.result, m.answer_size, answer, value_bytes{all});
  return all;
}

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

bool is_same(const method& recorded, const recorded_call& then, const now_answered& now) {
  const bool failed = then.status == RINGCALL_FAILED || then.status == RINGCALL_BATCH_FAILED;
  if (then.status != now.status || (failed && then.code != now.code)) return false;
  if (std::ranges::equal(then.answer, now.bytes)) return true;
  if (then.status != RINGCALL_OK || !recorded.described) return false;
  try {
    return values_of(recorded, then.answer) == values_of(recorded, now.bytes);
  } catch (const bad_frame&) {
    return false;
  }
}

std::string show_difference(const method& m, const recorded_call& then, const now_answered& now) {
  return m.name + " " + show_request(m, then.request) + "\n  then " + show_answer(m, then.status, then.code, then.answer) + "\n  now  " + show_answer(m, now.status, now.code, now.bytes) + "\n";
}

}  // namespace ringcall::load
