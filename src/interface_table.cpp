#include "interface_table.hpp"

#include "ringcall/abi.h"
#include "ringcall/error.hpp"

#include <algorithm>
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

}  // namespace ringcall
