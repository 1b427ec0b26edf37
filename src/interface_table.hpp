#pragma once
// The interfaces that a server implements, as their generated code describes them. Filled before the loops start, read-only afterwards.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringcall {

class interface_table {
 public:
  // Throws std::system_error: errc::duplicate_service, errc::interface_too_large; std::invalid_argument for a fingerprint that cannot be one.
  void add(std::string_view service, std::uint64_t fingerprint, std::string_view description);

  bool knows(std::uint64_t fingerprint) const noexcept;
  // All descriptions, one after another.
  const std::string& text() const noexcept { return text_; }
  // "service.method" by the method's id, of all that are described.
  std::map<std::uint16_t, std::string> method_names() const;

 private:
  struct entry {
    std::string service;
    std::uint64_t fingerprint;
  };

  std::vector<entry> entries_;
  std::string text_;
};

}  // namespace ringcall
