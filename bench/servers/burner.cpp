// Keeps a core busy while it is told to: foreign load for the rows on a busy machine.
//
//   ringcall-bench-burner CORE      (-1: not pinned)
//
// Each byte on standard input turns it on or off and is answered with the same byte once that is done. Ends when standard input does.

#include "core.hpp"

#include <poll.h>
#include <unistd.h>

namespace {

bool has_input() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) != 0;
}

void burn() {
  volatile unsigned work = 0;
  while (!has_input()) {
    for (int i = 0; i < 20000; ++i) work = work + 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: ringcall-bench-burner CORE\n");
    return 2;
  }
  bench::pin(std::atoi(argv[1]));
  std::puts("ready");
  std::fflush(stdout);
  bool on = false;
  for (char byte; read(STDIN_FILENO, &byte, 1) == 1;) {
    if (write(STDOUT_FILENO, &byte, 1) != 1) break;
    on = !on;
    if (on) burn();
  }
  return 0;
}
