#include "print/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace ringcall::tool {

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw output_closed{};
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "writing to standard output");
    }
  }
}

void put_json(const json& value, int indent) { put(value.dump(indent, ' ', false, json::error_handler_t::replace) + "\n"); }

bool colourful() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || no_color[0] == '\0') && term != nullptr && std::string_view(term) != "dumb" && isatty(STDOUT_FILENO) == 1;
}

}  // namespace ringcall::tool
