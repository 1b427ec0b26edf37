#pragma once
// Processor time that processes have used.

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace ringcall::load {

std::uint64_t own_cpu_ns() noexcept;
// To 10 ms; nothing where the system does not tell.
std::optional<std::uint64_t> cpu_ns_of(pid_t pid);

}  // namespace ringcall::load
