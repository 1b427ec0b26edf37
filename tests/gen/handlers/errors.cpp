#include "served.hpp"
#include "errors/errors.ringcall.hpp"

namespace {

using errors::file_error, errors::lock_error;

class my_files final : public errors::files {
 public:
  ringcall::result<std::uint32_t, file_error> open_file(std::uint32_t mode) override {
    if (mode == 0) return ringcall::error(file_error::not_allowed, "mode 0 opens nothing");
    return mode + 1;
  }
  ringcall::result<void, lock_error> lock(std::uint32_t file) override {
    if (file == 0) return ringcall::error(lock_error::taken);
    return {};
  }
  ringcall::result<std::string, file_error> read_all(std::string_view path) override {
    if (path.empty()) return ringcall::error(file_error::not_found, "no path, no file");
    if (path[0] == '\0') return ringcall::error(file_error::not_found, std::string("no file has the name ").append(path));
    return std::string("content of ").append(path);
  }
  void remove(std::string_view path) override {
    if (path.empty()) throw ringcall::failure(file_error::not_found, "no path, no file");
    if (path == "odd") throw ringcall::failure(999, "a code that the header does not list");
    if (path == "two") throw ringcall::failure(file_error::not_found, std::string("one\0two", 7));
    if (path == "worse") throw std::runtime_error("no code at all");
  }
  ringcall::result<void, file_error> rename(std::string_view from, std::string_view to) override {
    if (from == to) return ringcall::error(file_error::forbidden, "same names");
    return {};
  }
};

}  // namespace

void serve_errors(ringcall::server& server) {
  static my_files files;
  errors::serve(server, files);
}
