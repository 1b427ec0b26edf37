#pragma once
// A server's name and the socket that it stands for.

#include <string>

namespace ringcall {

// A name without '/' is a socket in the user's runtime directory: $XDG_RUNTIME_DIR/ringcall, else /tmp/ringcall-UID. Anything else is a
// path as it is. Throws std::system_error: errc::invalid_name, errc::path_too_long.
std::string socket_path(const std::string& name);

// The directory of plain names' sockets; it may not exist.
std::string runtime_directory();

// Makes the directory of a plain name's socket, 0700, and checks that it is the user's alone. Throws errc::unsafe_directory.
void prepare_runtime_directory();

bool is_plain_name(const std::string& name) noexcept;

}  // namespace ringcall
