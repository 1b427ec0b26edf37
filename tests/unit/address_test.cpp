#include "address.hpp"
#include "observer_address.hpp"

#include "ringcall/error.hpp"

#include "running_server.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

using namespace ringcall;
using ringcall::test::temporary_directory;

namespace {

template <class F>
std::error_code code_of(F f) {
  try {
    f();
  } catch (const std::system_error& e) {
    return e.code();
  }
  return {};
}

}  // namespace

TEST_CASE("a name is a socket in the runtime directory") {
  setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
  CHECK(socket_path("calc") == "/run/user/7/ringcall/calc.sock");
  setenv("XDG_RUNTIME_DIR", "relative", 1);
  CHECK(socket_path("calc") == "/tmp/ringcall-" + std::to_string(geteuid()) + "/calc.sock");
  unsetenv("XDG_RUNTIME_DIR");
  CHECK(socket_path("calc") == "/tmp/ringcall-" + std::to_string(geteuid()) + "/calc.sock");
}

TEST_CASE("a path is taken as it is") {
  CHECK(socket_path("./x") == "./x");
  CHECK(socket_path("-x/-y") == "-x/-y");
}

TEST_CASE("a bad name is refused") {
  for (const char* name : {"", ".", "..", ".hidden", "-x", "--help", "a b", "a\nb", "\xc3\xa4"}) CHECK(code_of([&] { socket_path(name); }) == errc::invalid_name);
}

TEST_CASE("a path beyond the socket limit names length and limit") {
  const std::string path = "/" + std::string(120, 'x');
  try {
    socket_path(path);
    FAIL("expected an error");
  } catch (const std::system_error& e) {
    CHECK(e.code() == errc::path_too_long);
    CHECK(std::string(e.what()).find("121") != std::string::npos);
    CHECK(std::string(e.what()).find("107") != std::string::npos);
  }
  CHECK(socket_path("/" + std::string(106, 'x')).size() == 107);
}

TEST_CASE("the runtime directory is made private") {
  temporary_directory t;
  setenv("XDG_RUNTIME_DIR", t.path().c_str(), 1);
  prepare_runtime_directory();
  struct stat st;
  REQUIRE(lstat((t / "ringcall").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0700);
  unsetenv("XDG_RUNTIME_DIR");
}

TEST_CASE("a runtime directory open to others is refused") {
  temporary_directory t;
  setenv("XDG_RUNTIME_DIR", t.path().c_str(), 1);
  REQUIRE(mkdir((t / "ringcall").c_str(), 0700) == 0);
  REQUIRE(chmod((t / "ringcall").c_str(), 0755) == 0);
  CHECK(code_of(prepare_runtime_directory) == errc::unsafe_directory);
  unsetenv("XDG_RUNTIME_DIR");
}

TEST_CASE("a symbolic link in place of the runtime directory is refused") {
  temporary_directory t;
  setenv("XDG_RUNTIME_DIR", t.path().c_str(), 1);
  REQUIRE(symlink("/tmp", (t / "ringcall").c_str()) == 0);
  CHECK(code_of(prepare_runtime_directory) == errc::unsafe_directory);
  unsetenv("XDG_RUNTIME_DIR");
}

TEST_CASE("where a server is observed has its user, its name without '/' and its process, to the byte") {
  using namespace std::string_literals;
  CHECK(observer_address("calc", 1000, 42) == "\0ringcall/1000/calc.42"s);
  CHECK(observer_address("/tmp/a/calc", 0, 7) == "\0ringcall/0/_tmp_a_calc.7"s);
  const std::string longest = observer_address(std::string(200, 'x') + "/the-end", 4294967295u, 2147483647);
  CHECK(longest.size() == sizeof(sockaddr_un::sun_path));
  CHECK(longest.ends_with("x_the-end.2147483647"));
}
