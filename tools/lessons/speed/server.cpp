//go:build ignore
// That line is for Go, which takes a .cpp file beside its own for cgo's. Meson builds this one.

#include "speed.ringcall.hpp"

namespace {

class my_subject final : public speed::subject {
 public:
  std::int64_t add(std::int32_t a, std::int32_t b) override { return std::int64_t{a} + b; }
  std::string echo(std::string_view text) override { return std::string{text}; }
};

// The same by hand, for the raw calls beside the typed ones. Ids as in raw.go.
struct add_request {
  std::int32_t a, b;
};

void serve_raw(ringcall::server& server) {
  server.on<add_request, std::int64_t>(101, [](const add_request& r) { return std::int64_t{r.a} + r.b; });
  server.on_bytes(102, [](std::span<const std::byte> text, ringcall::answer& out) {
    const std::string copy{reinterpret_cast<const char*>(text.data()), text.size()};
    std::memcpy(out.resize(copy.size()).data(), copy.data(), copy.size());
  });
}

}  // namespace

int main() {
  ringcall::server server{"speed", {.stride = 64}};  // records of up to 48 bytes lie in a slot
  my_subject subject;
  speed::serve(server, subject);
  serve_raw(server);
  return server.run();
}
