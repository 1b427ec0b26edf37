// wake.pml and death.pml, run by spin: right as they stand, and each of their mutations caught. RINGCALL_MODEL_LONG=1 runs larger ones, too
// (minutes, gigabytes).

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path models = fs::path(SOURCE_ROOT) / "tests/model";

struct result {
  int status;
  std::string output;
};

// Runs a command line of the shell.
result shell(const std::string& line) {
  FILE* pipe = popen((line + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + line);
  result r{0, {}};
  std::array<char, 4096> part;
  while (const std::size_t n = fread(part.data(), 1, part.size(), pipe)) r.output.append(part.data(), n);
  r.status = pclose(pipe);
  return r;
}

struct directory {
  directory() {
    std::string name = (fs::temp_directory_path() / "ringcall-model.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory like " + name);
    path = name;
  }
  directory(const directory&) = delete;
  directory& operator=(const directory&) = delete;
  ~directory() { fs::remove_all(path); }
  fs::path path;
};

struct verdict {
  std::string error; // empty: none
  long states = -1;
};

// A model, compiled once; what is to be run is told by its environment.
class model {
 public:
  explicit model(std::string name) : name_(std::move(name)) {
    const fs::path source = models / (name_ + ".pml");
    const result made = shell("cd '" + directory_.path.string() + "' && spin -a '" + source.string() + "' && gcc -O1 -w -DSAFETY -o pan pan.c");
    if (made.status != 0 || !fs::exists(directory_.path / "pan")) throw std::runtime_error("spin or gcc failed on " + source.string() + ":\n" + made.output);
    read_mutations(source);
  }

  // Mutations by name, as they are defined behind the include.
  const std::map<std::string, int>& mutations() const { return mutations_; }

  verdict run(const std::string& environment) const {
    const result r = shell("cd '" + directory_.path.string() + "' && env " + environment + " ./pan -m1000000 -w22");
    verdict v;
    std::smatch found;
    if (std::regex_search(r.output, found, std::regex("([0-9]+) states, stored"))) v.states = std::stol(found[1]);
    if (std::regex_search(r.output, found, std::regex("pan:1: ([^\n]*) \\(at depth"))) {
      v.error = found[1];
    } else if (r.output.find("errors: 0") == std::string::npos || r.output.find("error:") != std::string::npos || r.output.find("Warning: Search not completed") != std::string::npos) {
      throw std::runtime_error(name_ + " with " + environment + " was not explored to the end:\n" + r.output);
    }
    return v;
  }

  void expect_sound(const std::string& environment) const {
    const verdict v = run(environment);
    std::printf("spin  %-5s sound with %-34s %9ld states\n", name_.c_str(), environment.c_str(), v.states);
    CAPTURE(environment);
    CHECK(v.error == "");
    CHECK(v.states > 1000);
  }

  void expect_caught(const std::string& mutation, const std::string& environment, const std::string& error) const {
    REQUIRE(mutations_.contains(mutation));
    const verdict v = run(environment + " MUTATION=" + std::to_string(mutations_.at(mutation)));
    std::printf("spin  %-5s caught %-30s %9ld states: %s\n", name_.c_str(), mutation.c_str(), v.states, v.error.c_str());
    CAPTURE(mutation);
    CHECK(v.error.find(error) != std::string::npos);
    CHECK(v.error != "");
  }

 private:
  void read_mutations(const fs::path& source) {
    std::ifstream in(source);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::regex define("#define ([A-Z_]+) ([0-9]+)\n");
    for (std::sregex_iterator it(text.begin() + static_cast<std::ptrdiff_t>(text.find("#include")), text.end(), define), end; it != end; ++it) {
      mutations_[(*it)[1]] = std::stoi((*it)[2]);
    }
  }

  std::string name_;
  directory directory_;
  std::map<std::string, int> mutations_;
};

const model& wake() {
  static const model m("wake");
  return m;
}
const model& death() {
  static const model m("death");
  return m;
}

bool is_long() { return std::getenv("RINGCALL_MODEL_LONG") != nullptr; }

}  // namespace

TEST_CASE("spin: nobody sleeps for ever, whatever the store buffers do") {
  wake().expect_sound("CALLS=2");
  wake().expect_sound("CALLS=1 REORDERS=1");
  if (!is_long()) return;
  wake().expect_sound("CALLS=2 REORDERS=1");
  wake().expect_sound("CALLS=3");
}

TEST_CASE("spin: whoever survives comes to its end by the bell") {
  wake().expect_sound("CALLS=1 REORDERS=1 DEADLY=1");
  if (!is_long()) return;
  wake().expect_sound("CALLS=2 REORDERS=1 DEADLY=1");
}

TEST_CASE("spin: each mutation of waiting and waking loses a wake-up") {
  for (const auto& [name, number] : wake().mutations()) {
    wake().expect_caught(name, name.ends_with("_EOF") ? "CALLS=2 DEADLY=1" : "CALLS=2", "invalid end state");
  }
  CHECK(wake().mutations().size() == 20);
}

TEST_CASE("spin: the client's verdict on every call is true") {
  death().expect_sound("CALLS=3");
  death().expect_sound("CALLS=3 DEADLY=1");
  death().expect_sound("CALLS=3 DEADLY=1 REORDERS=1");
  death().expect_sound("CALLS=3 DEADLY=1 OVERTAKEN=1");
  if (!is_long()) return;
  death().expect_sound("CALLS=4 DEADLY=1 REORDERS=1");
  death().expect_sound("CALLS=4 DEADLY=1 OVERTAKEN=1");
}

TEST_CASE("spin: each mutation of the death protocol makes a verdict untrue") {
  const std::map<std::string, std::pair<const char*, const char*>> seen{
      {"TAKEN_LATE", {"DEADLY=1", "denied"}},
      {"TAKEN_UNFENCED", {"DEADLY=1 REORDERS=1", "denied"}},
      {"ENDED_BEFORE_CLOSED", {"CALLS=2", "state"}},
      {"TAKES_AFTER_CLOSED", {"CALLS=2", "overtaken"}},
      {"TAKEN_BEFORE_THE_END", {"DEADLY=1", "denied"}},
      {"DRAINED_BEFORE_THE_END", {"DEADLY=1", "reaped"}},
      {"NOT_DRAINED", {"DEADLY=1", "reaped"}},
      {"TAKEN_BEFORE_DRAINING", {"DEADLY=1 OVERTAKEN=1", "taken_then"}},
      {"ONE_TOO_MANY_STARTED", {"DEADLY=1", "n<mem"}},
      {"ONE_TOO_FEW_STARTED", {"DEADLY=1", "denied"}},
      {"STATE_UNREAD", {"CALLS=2", "state"}},
      {"ANSWERED_BEFORE_RUN", {"DEADLY=1", "reaped"}},
      {"END_UNSEEN", {"DEADLY=1", "invalid end state"}},
  };
  for (const auto& [name, how] : seen) death().expect_caught(name, how.first, how.second);
  CHECK(death().mutations().size() == seen.size());
}

int main(int argc, char** argv) {
  for (const char* program : {"spin", "gcc"}) {
    if (shell(std::string("command -v ") + program).status == 0) continue;
    std::printf("there is no %s, which explores the models: tools/setup installs it\n", program);
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
