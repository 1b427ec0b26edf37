#pragma once
// Memory that goes to other processes by descriptor: allocated whole, sealed, mapped.

#include "unique_fd.hpp"

#include <boost/interprocess/mapped_region.hpp>

#include <cstdint>
#include <string>

namespace ringcall::memory_file {

using boost::interprocess::mapped_region;

// A sealable memory file of size bytes, all of them allocated: running out of memory is an error here and never a SIGBUS later. what is for the errors: "a segment".
// Throws std::system_error (no memory, no descriptors, EFBIG at a file-size limit), as the others do.
unique_fd create(const char* name, std::uint64_t size, const std::string& what);

// All of it, not inherited by forked children.
mapped_region map(int fd, std::uint64_t size, const std::string& what, bool writable = true);

// Nobody can resize it from now on, nor unseal it.
void seal(int fd, const std::string& what);

// The same, and nobody can map or write it, but for the mappings that there are. Where the kernel cannot do that (before 5.1) it is sealed only.
void seal_for_readers(int fd, const std::string& what);

}  // namespace ringcall::memory_file
