package schema

import (
	"fmt"
	"strings"
)

const serverHead = `#include "%s"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace proof;

namespace {

template <class To>
struct owner; // give(to, view), for messages

template <class T> inline constexpr bool is_vector = false;
template <class T> inline constexpr bool is_vector<std::vector<T>> = true;
template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

bool lies = false; // so that the test can be tested

template <class To, class From>
void give(To& to, const From& from) {
  if constexpr (std::is_same_v<To, From> && std::is_array_v<To>) {
    std::memcpy(&to, &from, sizeof to);
  } else if constexpr (std::is_same_v<To, From> || std::is_same_v<To, std::string>) {
    to = from;
    if constexpr (std::is_same_v<To, std::string>) {
      if (lies && !to.empty()) to.back() = static_cast<char>(to.back() ^ 1);
    }
  } else if constexpr (is_optional<To>) {
    if (from) give(to.emplace(), *from);
  } else if constexpr (is_vector<To>) {
    for (const auto& element : from) give(to.emplace_back(), element);
  } else {
    owner<To>::give(to, from);
  }
}

template <class To, class From>
To own(const From& from) {
  To to{};
  give(to, from);
  return to;
}

`

const serverMain = `}  // namespace

int main(int count, char** argv) {
  lies = count > 3;
  ringcall::options o;
  o.request_arena = static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10));
  o.answer_arena = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  ringcall::server server("proof", o);
`

// Server is a server that returns what it is sent. include is the header that the generator wrote.
func (h *Header) Server(include string) string {
	var b strings.Builder
	fmt.Fprintf(&b, serverHead, include)
	for _, s := range h.Structs() {
		if s.Owned == s {
			continue
		}
		// A template, so that nothing is asked of a message that no method reaches: there is no codec for it.
		fmt.Fprintf(&b, "template <>\nstruct owner<%s> {\n  template <class View>\n  static void give(%s& to, const View& view) {\n", s.Owned.Qualified(), s.Owned.Qualified())
		for _, f := range s.Fields {
			fmt.Fprintf(&b, "    ::give(to.%s, view.%s);\n", f.Name, f.Name)
		}
		b.WriteString("  }\n};\n\n")
	}
	for _, s := range h.Services {
		fmt.Fprintf(&b, "class my_%s final : public ::%s::%s {\n public:\n", s.Name, h.Space, s.Name)
		for _, m := range s.Methods {
			fmt.Fprintf(&b, "  %s override {\n    %s\n  }\n", m.Signature(), m.body())
		}
		b.WriteString("};\n\n")
	}
	b.WriteString(serverMain)
	for _, s := range h.Services {
		fmt.Fprintf(&b, "  my_%s %s;\n  ::%s::serve(server, %s);\n", s.Name, s.Name, h.Space, s.Name)
	}
	b.WriteString("  return server.run();\n}\n")
	return b.String()
}

func (m *Method) body() string {
	switch {
	case m.Batch:
		return "std::ranges::copy(requests, answers.begin());"
	case m.Result == nil:
		return m.nothing()
	case len(m.Parameters) == 1:
		return fmt.Sprintf("return own<%s>(%s);", m.Result.Spelling, m.Parameters[0].Name)
	}
	text := m.Result.Spelling + " all{};"
	for _, p := range m.Parameters {
		text += fmt.Sprintf(" give(all.%s, %s);", p.Name, p.Name)
	}
	return text + " return all;"
}

func (m *Method) nothing() string {
	if m.Wrapped {
		return "return {};"
	}
	return ""
}
