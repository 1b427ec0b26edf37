#pragma once
// Messages that pass a descriptor.

#include <sys/types.h>

#include <cstddef>

namespace ringcall {

// sendmsg, without waiting and without SIGPIPE, of the bytes and with them a descriptor if it is not -1: the receiver gets it with the first byte.
ssize_t send_passing(int socket, const void* bytes, std::size_t size, int descriptor) noexcept;

}  // namespace ringcall
