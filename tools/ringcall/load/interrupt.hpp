#pragma once
// Ctrl-C, and SIGTERM: long work ends early and well.

namespace ringcall::load {

// From now on they set interrupted() and end no process; a second one does. For the program's only thread, before it starts others.
void catch_interrupts();
bool interrupted() noexcept;

}  // namespace ringcall::load
