#include "interface_table.hpp"

#include "ringcall/abi.h"
#include "ringcall/error.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace ringcall {

void interface_table::add(std::string_view service, std::uint64_t fingerprint, std::string_view description) {
  const std::string name(service);
  if (fingerprint == 0 || fingerprint == RINGCALL_INTERFACE_SEND) throw std::invalid_argument("service " + name + ": the fingerprints 0 and ~0 have other meanings");
  if (std::ranges::any_of(entries_, [&](const entry& e) { return e.service == service; })) throw std::system_error(errc::duplicate_service, name);
  const bool unended = !description.empty() && description.back() != '\n';
  const std::size_t size = text_.size() + description.size() + unended;
  if (size > RINGCALL_INTERFACE_SIZE_MAX) {
    throw std::system_error(errc::interface_too_large, "service " + name + " makes it " + std::to_string(size) + " bytes, the attach carries " +
                                                           std::to_string(RINGCALL_INTERFACE_SIZE_MAX) + "; serve it from a server of its own");
  }
  entries_.push_back({name, fingerprint});
  text_ += description;
  if (unended) text_ += '\n';
}

bool interface_table::knows(std::uint64_t fingerprint) const noexcept {
  return std::ranges::any_of(entries_, [&](const entry& e) { return e.fingerprint == fingerprint; });
}

// A method's line is "quotes 1: name add, kind call, ...".
std::map<std::uint16_t, std::string> interface_table::method_names() const {
  std::map<std::uint16_t, std::string> names;
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t space = line.find(' ');
    const std::size_t colon = line.find(": name ");
    if (colon == line.npos || space >= colon) continue;
    const std::string_view service = line.substr(0, space), name = line.substr(colon + 7, line.find(',', colon) - colon - 7);
    std::uint16_t id = 0;
    const auto [end, error] = std::from_chars(line.data() + space + 1, line.data() + colon, id);
    const bool is_method = error == std::errc() && end == line.data() + colon;
    if (is_method && std::ranges::any_of(entries_, [&](const entry& e) { return e.service == service; })) names.emplace(id, std::string(service) + "." + std::string(name));
  }
  return names;
}

}  // namespace ringcall
