package calls

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// compiled says what the compiler tells of a program that serves the golden "market" by this handler.
func compiled(t *testing.T, handler string) string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "server.cpp")
	ok(t, os.WriteFile(source, []byte("#include \"market/market.ringcall.hpp\"\n"+handler+
		"\nint main() {\n  ringcall::server server{\"market\"};\n  my_quotes quotes;\n  market::serve(server, quotes);\n  return server.run();\n}\n"), 0o644))
	compiler := os.Getenv("CXX")
	if compiler == "" {
		compiler = "c++"
	}
	out, err := exec.Command(compiler, "-std=c++20", "-fsyntax-only", "-I..", "-I../../../include", source).CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	return string(out)
}

const handlerMethods = `
  std::int64_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  ringcall::result<market::quote, market::quote_error> quote_of(std::string_view) override { return market::quote{}; }
  void note(std::string_view) override {}
  void price_all(std::span<const market::quote>, std::span<double>) override {}
  std::vector<std::string> names(ringcall::sequence<std::string_view>) override { return {}; }
  market::order_id open(const market::person&, std::uint32_t) override { return {}; }
  std::vector<std::string> notes() override { return {}; }
};`

func TestHandlers(t *testing.T) {
	t.Run("whose overrides are public compile", func(t *testing.T) {
		if out := compiled(t, "class my_quotes final : public market::quotes {\n public:"+handlerMethods); out != "" {
			t.Error(out)
		}
	})
	t.Run("without public: are told so, and nothing else", func(t *testing.T) {
		out := compiled(t, "class my_quotes final : public market::quotes {"+handlerMethods)
		if !strings.Contains(out, "write public: before them") || strings.Count(out, "error: ") != 1 {
			t.Errorf("expected one error, that public: is to be written, found:\n%s", out)
		}
	})
}
