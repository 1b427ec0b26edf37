#include "policy.hpp"

#include "counter.hpp"

#include <utility>

namespace ringcall {
policy::policy(std::uint32_t sample_base, std::uint64_t server_spin_ns, ringcall_stats_header& header, std::function<void(const values&)> apply)
    : header_(header), apply_(std::move(apply)), sample_base_(sample_base), in_force_{sample_base, RINGCALL_SPIN_OWN, server_spin_ns} {
  apply_(in_force_);
  tell();
}

void policy::set_sample_base(std::uint32_t every) {
  sample_base_ = every;
  put({more_often(sample_base_, leased_), in_force_.client_spin_us, in_force_.server_spin_ns});
}

void policy::set_leased(std::uint32_t every) {
  leased_ = every;
  put({more_often(sample_base_, leased_), in_force_.client_spin_us, in_force_.server_spin_ns});
}

void policy::set_server_spin(std::uint64_t ns) { put({in_force_.sample_every, in_force_.client_spin_us, ns}); }

void policy::set_client_spin(std::uint32_t us) { put({in_force_.sample_every, us, in_force_.server_spin_ns}); }

void policy::put(values next) {
  if (next != in_force_) apply_(next);
  in_force_ = next;
  tell();
}

void policy::tell() noexcept {
  set(header_.sample_every, in_force_.sample_every);
  set(header_.sample_base, sample_base_);
  set(header_.server_spin, in_force_.server_spin_ns);
  set(header_.client_spin, in_force_.client_spin_us);
}

}  // namespace ringcall
