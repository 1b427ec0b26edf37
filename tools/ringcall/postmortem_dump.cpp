#include "postmortem.hpp"

#include "observe/stats_view.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace ringcall::tool {
namespace {

constexpr std::string_view first_key = "ringcall-dump: ";

template <class T>
bool number(std::string_view& text, T& value) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

[[noreturn]] void bad(const std::string& source, const std::string& what) { throw std::runtime_error(source + ": " + what); }

void take_line(remains& r, std::string_view key, std::string_view value, std::size_t& box_size) {
  const std::string text = observe::printable(value.data(), value.size());
  std::uint64_t n = 0;
  std::uint16_t method = 0;
  if (key == "server") r.server = text;
  else if (key == "epoch") r.epoch = text;
  else if (key == "cause") r.cause = text;
  else if (key == "time") r.time = text;
  else if (key == "pid") number(value, r.pid);
  else if (key == "client") number(value, r.client);
  else if (key == "taken" && number(value, n)) r.taken = n;
  else if (key == "reaped" && number(value, n)) r.reaped = n;
  else if (key == "posted" && number(value, n)) r.posted = n;
  else if (key == "black-box") number(value, box_size);
  else if (key == "method" && number(value, method)) {
    if (!value.empty()) value.remove_prefix(1);
    r.methods[method] = observe::printable(value.data(), value.size());
  } else if (key == "call" && number(value, n) && number(value, method)) {
    if (!value.empty()) value.remove_prefix(1);
    r.calls.push_back({n, method, observe::printable(value.data(), value.size())});
  } else if (key == "clock") {
    std::uint64_t now = 0;
    if (number(value, r.clock.kind) && number(value, r.clock.scale) && number(value, r.clock.count) && number(value, r.clock.ns) && number(value, now)) r.end_ns = r.clock.ns_of(now);
  }
}

bool possible(const ringcall_black_box_run& run) {
  return run.count >= 1 && run.count <= RINGCALL_RUN_MAX && run.position <= RINGCALL_POSITION_MASK && run.ended <= run.count && run.failed <= run.count && run.on_worker <= run.count;
}

}  // namespace

std::int64_t clock_rate::ns_of(std::uint64_t at) const noexcept {
  __extension__ using wide = __int128;
  const wide counts = static_cast<std::int64_t>(at - count);
  return static_cast<std::int64_t>(ns) + static_cast<std::int64_t>(counts * static_cast<wide>(scale) >> 32);
}

std::optional<black_box> decode_black_box(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(ringcall_black_box) + RINGCALL_BLACK_BOX_RUNS * sizeof(ringcall_black_box_run)) return std::nullopt;
  ringcall_black_box head;
  std::memcpy(&head, bytes.data(), sizeof head);
  black_box box;
  box.runs = head.runs;
  box.running = head.running_position != RINGCALL_WANT_NONE && head.running_position <= RINGCALL_POSITION_MASK && head.runs != 0;
  box.running_position = head.running_position;
  box.running_count = head.running_count;
  box.running_method = head.running_method;
  const std::uint64_t kept = std::min<std::uint64_t>(head.runs, RINGCALL_BLACK_BOX_RUNS);
  for (std::uint64_t back = 1; back <= kept; ++back) {
    ringcall_black_box_run run;
    std::memcpy(&run, bytes.data() + sizeof head + (head.runs - back) % RINGCALL_BLACK_BOX_RUNS * sizeof run, sizeof run);
    if (possible(run)) box.last.push_back(run);
  }
  return box;
}

remains parse_dump(const std::string& bytes, const std::string& source) {
  if (!bytes.starts_with(first_key)) bad(source, "this is no dump of ringcall: it does not begin with '" + std::string(first_key) + "1'");
  const auto head_end = bytes.find("\n\n");
  if (head_end == std::string::npos) bad(source, "the dump is cut off within its head");
  remains r;
  r.source = source;
  std::size_t box_size = 0;
  for (std::size_t at = 0; at < head_end + 1;) {
    const auto end = bytes.find('\n', at);
    const std::string_view line = std::string_view(bytes).substr(at, end - at);
    const auto colon = line.find(": ");
    if (at == 0 && line != std::string(first_key) + "1") bad(source, "a dump of version " + observe::printable(line.data() + first_key.size(), line.size() - first_key.size()) + ", this tool knows 1; use a newer ringcall");
    if (colon != std::string_view::npos) take_line(r, line.substr(0, colon), line.substr(colon + 2), box_size);
    at = end + 1;
  }
  const std::size_t have = bytes.size() - (head_end + 2);
  if (have < box_size) bad(source, "the dump is cut off: its black box has " + std::to_string(have) + " of " + std::to_string(box_size) + " bytes");
  r.box = decode_black_box(std::as_bytes(std::span(bytes)).subspan(head_end + 2, box_size));
  return r;
}

remains read_dump(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file + ": cannot be read: " + std::strerror(errno));
  constexpr std::size_t most = 1 << 20;
  std::string bytes(most, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(most));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return parse_dump(bytes, file);
}

}  // namespace ringcall::tool
