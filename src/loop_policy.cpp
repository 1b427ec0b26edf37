// What a loop's clients and itself are told to do while it runs: sampling and polling.

#include "loop.hpp"

#include "cpu.hpp"

namespace ringcall {

void loop::set_policy(std::uint32_t sample_every, std::uint32_t client_spin_us, std::uint64_t server_spin_ns) {
  {
    std::lock_guard lock(mutex_);
    wanted_policy_ = {sample_every, client_spin_us, server_spin_ns};
  }
  if (!attention_.exchange(true)) wake();
}

void loop::apply_policy() {
  policy wanted;
  {
    std::lock_guard lock(mutex_);
    wanted = wanted_policy_;
  }
  policy_is_due_ = false;
  if (wanted.server_spin_ns != policy_.server_spin_ns) {
    spin_full_ = cpu::cycles_in(std::chrono::nanoseconds(wanted.server_spin_ns));
    for (auto& c : channels_) c->poll.budget = spin_budget(spin_full_, spin_floor_);
  }
  policy_ = wanted;
  for (auto& c : channels_) c->set_policy(wanted.sample_every, wanted.client_spin_us);
}

}  // namespace ringcall
