// Serves the services of one golden, which its argument names.

#include "served.hpp"

#include <cstdio>
#include <string>
#include <string_view>

int main(int count, char** arguments) {
  const std::string_view wanted = count == 2 ? arguments[1] : "";
  ringcall::server server{"gen-" + std::string(wanted)};
#define SERVE(feature) \
  if (wanted == #feature) return serve_##feature(server), server.run();
  GEN_FEATURES(SERVE)
#undef SERVE
  std::fprintf(stderr, "gen-server: expected the name of a golden (a folder of tests/gen), found \"%s\"\n", std::string(wanted).c_str());
  return 2;
}
