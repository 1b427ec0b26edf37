#pragma once
// What may be changed while the server runs: how often calls are sampled, and how long either side polls before it sleeps.

#include "ringcall/stats.h"

#include <cstdint>
#include <functional>

namespace ringcall {

// Belongs to the acceptor's thread.
class policy {
 public:
  struct values {
    std::uint32_t sample_every;   // one call in so many; 0: none
    std::uint32_t client_spin_us; // RINGCALL_SPIN_OWN: as clients like
    std::uint64_t server_spin_ns;
    bool operator==(const values&) const = default;
  };
  static constexpr std::uint64_t server_spin_most = 1'000'000'000; // nanoseconds
  static constexpr std::uint64_t client_spin_most = 1'000'000;     // microseconds

  // apply is called with what is in force, now and after each change; the header says the same to observers.
  policy(std::uint32_t sample_base, std::uint64_t server_spin_ns, ringcall_stats_header& header, std::function<void(const values&)> apply);

  void set_sample_base(std::uint32_t every); // without observers
  void set_leased(std::uint32_t every);      // the least that observers hold; 0: none holds any
  void set_server_spin(std::uint64_t ns);
  void set_client_spin(std::uint32_t us);
  const values& in_force() const noexcept { return in_force_; }

 private:
  void put(values next);
  void tell() noexcept;

  ringcall_stats_header& header_;
  std::function<void(const values&)> apply_;
  std::uint32_t sample_base_;
  std::uint32_t leased_ = 0;
  values in_force_;
};

// Of two rates the one that samples more.
constexpr std::uint32_t more_often(std::uint32_t a, std::uint32_t b) noexcept { return a == 0 || (b != 0 && b < a) ? b : a; }

}  // namespace ringcall
