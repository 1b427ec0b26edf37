//go:build ignore
// That line is for Go, which takes a .cpp file beside its own for cgo's. Meson builds this one.

#include "hello.ringcall.hpp"

#include <iostream>

namespace {

class my_greeter final : public hello::greeter {
 public:
  std::string hello(std::string_view text) override {
    std::cout << "Go says: " << text << std::endl;
    return "Hello, Go! " + std::to_string(text.size()) + " bytes arrived.";
  }
};

}  // namespace

int main() {
  ringcall::server server{"hello"};
  my_greeter greeter;
  hello::serve(server, greeter);
  return server.run();
}
