#include "interrupt.hpp"

#include <signal.h>

#include <initializer_list>

namespace ringcall::load {
namespace {

volatile sig_atomic_t caught = 0;

extern "C" void on_interrupt(int) { caught = 1; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND); // no SA_RESTART: sleeps end
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool interrupted() noexcept { return caught != 0; }

}  // namespace ringcall::load
