#pragma once
// The fuzz targets. Each takes any bytes and ends the process when something that must hold does not.

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringcall::fuzz {

using input = std::span<const std::uint8_t>;

// A client's bytes and descriptors at the server's end of a new connection.
void attach(input bytes);
// A server's channel whose other end is the script in bytes (channel_script.hpp).
void channel(input bytes);
// Frames of several types, also while another thread writes into them.
void frames(input bytes);

}  // namespace ringcall::fuzz
