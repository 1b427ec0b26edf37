package calls

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const staleHeader = `#pragma once
#include <ringcall/interface.hpp>
namespace stale {
enum class tone : std::uint8_t { low = 1, high = 2 };
enum class mood : std::uint8_t { good = 1 };
struct point { std::int32_t x, y; };
struct place { std::int32_t x, y; };
struct all {
  std::int32_t number;
  std::int32_t row[2];
  std::array<std::uint16_t, 2> pair;
  tone sound;
  std::uint8_t small;
  point nested;
  std::uint64_t kept;
};
struct padded {
  std::uint64_t wide;
  std::uint8_t narrow;
};
struct message {
  std::string_view text;
  std::uint32_t number;
};
class RINGCALL_SERVICE service {
 public:
  virtual ~service() = default;
  RINGCALL_METHOD(1) virtual std::int32_t plain(std::int32_t value) = 0;
  RINGCALL_METHOD(2) virtual all whole(const all& value) = 0;
  RINGCALL_METHOD(3) virtual padded pad(const padded& value) = 0;
  RINGCALL_METHOD(4) virtual std::string send(const message& value) = 0;
  RINGCALL_METHOD(5) virtual std::string kept(const mood& value, std::string_view text, const place& where) const = 0;
  RINGCALL_METHOD(6) virtual std::uint32_t answer(std::uint32_t value) = 0;
  std::string kept(int) const;
};
}  // namespace stale
`

// Changes of the header that keep every size and offset, each with the words of the assertion that must fail.
var staleChanges = []struct{ from, to, fails string }{
	{"std::int32_t number;", "float number;", "decltype(::stale::all::number), ::std::int32_t>"},
	{"std::int32_t row[2];", "std::uint32_t row[2];", "decltype(::stale::all::row), ::std::int32_t[2]>"},
	{"std::array<std::uint16_t, 2> pair;", "std::array<std::int16_t, 2> pair;", "decltype(::stale::all::pair), ::std::array<::std::uint16_t, 2>>"},
	{"tone sound;", "mood sound;", "decltype(::stale::all::sound), ::stale::tone>"},
	{"std::uint8_t small;", "bool small;", "decltype(::stale::all::small), ::std::uint8_t>"},
	{"point nested;", "place nested;", "decltype(::stale::all::nested), ::stale::point>"},
	{"std::uint8_t narrow;", "std::uint8_t narrow, more;", "const ::stale::padded& all"},
	{"std::string_view text;\n", "std::span<const std::byte> text;\n", "decltype(::stale::message::text), ::std::string_view>"},
	{"std::uint32_t number;", "float number;", "decltype(::stale::message::number), ::std::uint32_t>"},
	{"enum class mood : std::uint8_t", "enum class mood : std::int8_t", "underlying_type_t<::stale::mood>, ::std::uint8_t>"},
	{"high = 2", "high = 3", "::stale::tone::high == ::stale::tone{2}"},
	{"plain(std::int32_t value)", "plain(float value)", "(&::stale::service::plain)"},
	{"std::uint32_t answer(", "double answer(", "(&::stale::service::answer)"},
}

// TestStale compiles generated C++ whose header was changed meanwhile.
func TestStale(t *testing.T) {
	dir := t.TempDir()
	header := filepath.Join(dir, "stale.hpp")
	write := func(text string) {
		t.Helper()
		ok(t, os.WriteFile(header, []byte(text), 0o644))
	}
	include, err := filepath.Abs("../../../include")
	ok(t, err)
	compile := func() (string, error) {
		compiler := os.Getenv("CXX")
		if compiler == "" {
			compiler = "c++"
		}
		out, err := exec.Command(compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", include, filepath.Join(dir, "stale.cpp")).CombinedOutput()
		return string(out), err
	}
	write(staleHeader)
	ok(t, os.WriteFile(filepath.Join(dir, "stale.cpp"), []byte("#include \"stale.ringcall.hpp\"\n"), 0o644))
	if out, err := exec.Command(program(t, "RINGCALL_GENERATOR"), header, "-I", include).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	t.Run("generated C++ compiles with its header", func(t *testing.T) {
		if out, err := compile(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})

	changed := staleHeader
	for _, change := range staleChanges {
		if strings.Count(changed, change.from) != 1 {
			t.Fatalf("%q is not once in the header", change.from)
		}
		changed = strings.Replace(changed, change.from, change.to, 1)
	}
	write(changed)
	out, err := compile()
	if err == nil {
		t.Fatal("a header that changed compiles with what was generated before")
	}
	for _, change := range staleChanges {
		t.Run("a header with "+change.to+" is refused by the compiler", func(t *testing.T) {
			if !strings.Contains(out, change.fails) {
				t.Errorf("expected that the assertion with %s fails, found:\n%s", change.fails, out)
			}
		})
	}
	for _, kept := range []string{"::stale::all::kept", "::stale::place::x", "(&::stale::service::kept)", "(&::stale::service::send)"} {
		t.Run("what did not change is not complained about: "+kept, func(t *testing.T) {
			if strings.Contains(out, kept) {
				t.Errorf("expected no word of it, found:\n%s", out)
			}
		})
	}
}
