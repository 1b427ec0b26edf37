#pragma once
// What wakes a sleeping peer: one byte on the attach connection, in either direction. Its end of file says that the peer has gone.
//
// The want protocol. The sleeper: drain, look, store want, fence, look once more, block. The publisher: publish, fence, read want, ring if
// the run crossed it. Each side stores, fences, then loads what the other stored; so at least one of them sees the other's store, and no
// wake-up is lost (PAIR want-request, PAIR want-answer). Without either fence it is: the store may pass the load.

#include <atomic>
#include <cstdint>

namespace ringcall::doorbell {

enum class bell { quiet, rung, gone };

// The sleeper's between its store of want and its last look, the publisher's between its publication and its read of want.
inline void fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }

// Sends a byte without blocking; a full socket means that it was rung already. The peer's death is noticed by the reader.
void ring(int fd) noexcept;

// Takes all bytes there are, in bounded time.
bell drain(int fd) noexcept;

}  // namespace ringcall::doorbell
