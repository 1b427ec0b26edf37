// The page as a browser shows it, and the picture, decoded: neither is blank, and the stages' colours are there.

#include "fake_recording.hpp"

#include "profile/documents.hpp"

#include <cairo.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace ringcall::profile;
using namespace ringcall::tool::test;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds patience{90};

std::string chromium() {
  std::istringstream path(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string directory; std::getline(path, directory, ':');) {
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
      if (access((directory + "/" + name).c_str(), X_OK) == 0) return directory + "/" + name;
    }
  }
  return {};
}

struct scratch {
  fs::path path;
  scratch() {
    std::string name = (fs::temp_directory_path() / "ringcall-report-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path = name;
  }
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

// The exit status; -1 if it took too long.
int run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& w : words) arguments.push_back(const_cast<char*>(w.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawn(&child, arguments[0], &quiet, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&quiet);
  REQUIRE(failed == 0);
  int status = 0;
  for (const auto deadline = std::chrono::steady_clock::now() + patience; waitpid(child, &status, WNOHANG) == 0;) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Of all pixels, the share of each colour.
std::map<unsigned, double> colours_of(const fs::path& png) {
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> picture(cairo_image_surface_create_from_png(png.c_str()), &cairo_surface_destroy);
  REQUIRE(cairo_surface_status(picture.get()) == CAIRO_STATUS_SUCCESS);
  const int width = cairo_image_surface_get_width(picture.get()), height = cairo_image_surface_get_height(picture.get());
  const unsigned char* pixels = cairo_image_surface_get_data(picture.get());
  std::map<unsigned, double> shares;
  for (int y = 0; y < height; ++y) {
    const auto* line = reinterpret_cast<const unsigned*>(pixels + static_cast<std::ptrdiff_t>(y) * cairo_image_surface_get_stride(picture.get()));
    for (int x = 0; x < width; ++x) shares[line[x] & 0xffffff] += 1.0 / (static_cast<double>(width) * height);
  }
  return shares;
}

void check_is_no_blank_page(std::map<unsigned, double> shares) {
  CHECK(shares[0xffffff] > 0.3);
  CHECK(shares[0xffffff] < 0.97);
  CHECK(shares.size() > 50);
  for (const unsigned stage : {0xe69f00u, 0xd55e00u, 0x0072b2u, 0x56b4e9u, 0xcc79a7u}) {
    CAPTURE(stage);
    CHECK(shares[stage] > 0.0001);
  }
}

}  // namespace

TEST_CASE("the picture is no blank page") {
  const scratch into;
  const recording r = busy_recording();
  std::ofstream(into.path / "report.png", std::ios::binary) << png_report(r, find(r));
  check_is_no_blank_page(colours_of(into.path / "report.png"));
}

TEST_CASE("a browser shows the page, and no blank one (skipped where there is no chromium in PATH)" * doctest::skip(chromium().empty())) {
  const scratch into;
  const recording r = busy_recording();
  std::ofstream(into.path / "report.html") << html_report(r, find(r));
  const int status = run({chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + (into.path / "profile").string(),
      "--window-size=1200,3000",
                          "--screenshot=" + (into.path / "shot.png").string(), "file://" + (into.path / "report.html").string()});
  REQUIRE_MESSAGE(status == 0, "chromium ended with " << status << " (-1: not within " << patience.count() << " s)");
  check_is_no_blank_page(colours_of(into.path / "shot.png"));
}
