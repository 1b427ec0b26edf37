#include "output.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

namespace ringcall::gen {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int error) { throw io_error(what + " " + path + ": " +
    std::strerror(error)); }

// Removed again unless it was moved to its place.
class draft {
 public:
  explicit draft(const output& o) : place_(o.path), path_(o.path + ".XXXXXX") {
    const int fd = mkstemp(path_.data());
    if (fd == -1) fail("cannot write beside", place_, errno);
    const mode_t mask = umask(0);
    umask(mask);
    std::size_t done = 0;
    int error = fchmod(fd, 0666 & ~mask) == -1 ? errno : 0;
    while (error == 0 && done < o.text.size()) {
      const ssize_t size = ::write(fd, o.text.data() + done, o.text.size() - done);
      if (size == -1 && errno != EINTR) error = errno;
      if (size > 0) done += static_cast<std::size_t>(size);
    }
    if (close(fd) == -1 && error == 0) error = errno;
    if (error == 0) return;
    unlink(path_.c_str());
    fail("cannot write", place_, error);
  }
  draft(draft&& other) noexcept : place_(std::move(other.place_)), path_(std::exchange(other.path_, "")) {}
  ~draft() {
    if (!path_.empty()) unlink(path_.c_str());
  }

  void move_to_place() {
    if (std::rename(path_.c_str(), place_.c_str()) == -1) fail("cannot replace", place_, errno);
    path_.clear();
  }

 private:
  std::string place_, path_;
};

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string difference(const std::string& found, const std::string& wanted) {
  std::istringstream a(found), b(wanted);
  for (unsigned line = 1;; ++line) {
    std::string x, y;
    const bool has_x = static_cast<bool>(std::getline(a, x));
    const bool has_y = static_cast<bool>(std::getline(b, y));
    const std::string at = "line " + std::to_string(line);
    if (!has_x && !has_y) return "the end of the last line differs";
    if (!has_x) return "it ends before " + at + ", which would be: " + y;
    if (!has_y) return "it should end before " + at + ", which is: " + x;
    if (x != y) return at + " is: " + x + "\n  and would be: " + y;
  }
}

}  // namespace

void write_all(const std::vector<output>& all) {
  std::vector<draft> drafts;
  drafts.reserve(all.size());
  for (const output& o : all) drafts.emplace_back(o);
  for (draft& d : drafts) d.move_to_place();
}

std::vector<std::string> stale(const std::vector<output>& all) {
  std::vector<std::string> found;
  for (const output& o : all) {
    const auto text = read_file(o.path);
    if (!text) {
      found.push_back(o.path + " is missing");
    } else if (*text != o.text) {
      found.push_back(o.path + " is stale: " + difference(*text, o.text));
    }
  }
  return found;
}

}  // namespace ringcall::gen
