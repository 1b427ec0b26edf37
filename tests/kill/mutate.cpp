// Writes a copy of a source file with one rule broken: mutate NAME SOURCE COPY. Fails when the text that it breaks is not there any more.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

const std::string taken = R"(  std::atomic_ref(control_.taken).store(ring_.taken.position() + count, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
)";
const std::string done = "  ring_.taken.advance(count);\n  flush();\n";

// Each: what is there exactly once, and what stands there instead.
const std::map<std::string, std::vector<std::pair<std::string, std::string>>> mutations{
    {"taken_late", {{taken, ""}, {done, taken + done}}},
    {"counted_early", {{"  const std::uint32_t count = ring_.answered.publish();", "  bump(counters_.answers, ring_.answered.pending());\n  const std::uint32_t count = ring_.answered.publish();"},
                       {"  bump(counters_.answers, count);\n", ""}}},
    {"client_kept", {{"  dead_.put(std::move(memory));", "  [[maybe_unused]] segment* kept = new segment(std::move(memory));"}}},
};

}  // namespace

int main(int argc, char** argv) {
  const auto mutation = argc == 4 ? mutations.find(argv[1]) : mutations.end();
  if (mutation == mutations.end()) {
    std::fprintf(stderr, "usage: mutate NAME SOURCE COPY\n");
    return 2;
  }
  std::ifstream in(argv[2]);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const auto& [from, to] : mutation->second) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos || text.find(from, at + 1) != std::string::npos) {
      std::fprintf(stderr, "mutate: %s: %s does not have this once any more, adapt tests/kill/mutate.cpp:\n%s\n", argv[1], argv[2], from.c_str());
      return 1;
    }
    text.replace(at, from.size(), to);
  }
  std::ofstream(argv[3]) << text;
  return 0;
}
