package proof

// baseHeader is the interface before the change; NAME is its namespace.
const baseHeader = `#pragma once
#include <ringcall/interface.hpp>
namespace NAME {
inline constexpr std::uint32_t depth_max = 16;
enum class side : std::uint8_t { buy = 1, sell = 2 };
enum class place_error : std::uint32_t { unknown_symbol = 1 };
// What a thing costs.
struct quote { std::int64_t amount; std::uint32_t number; side which; double price; };
struct order { std::string_view symbol; std::uint32_t amount; std::optional<double> limit; };
class RINGCALL_SERVICE quotes {
 public:
  virtual ~quotes() = default;
  // Adds.
  RINGCALL_METHOD(1) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;
  RINGCALL_METHOD(2) virtual quote twice(quote one) = 0;
  RINGCALL_METHOD(3) virtual ringcall::result<std::uint32_t, place_error> place(order one) = 0;
  RINGCALL_METHOD(4, oneway) virtual void note(std::string_view line) = 0;
};
}
`

// A change is what a new version of the header has in place of the old one. Changes of different parts of the header are tried together, in one new
// version, unless RINGCALL_PROOF_LONG asks for each by itself: reading the header takes the generator a second.
type change struct {
	part, name string
	old, new   string // a piece of the header
	// Says what is found at the attach when the server is as before and the client new; "" for a compatible change, after which both versions work with
	// each other. In the other direction the sides change places.
	difference string
	reverse    string // where the other direction says something else
}

const (
	structLine = "struct quote { std::int64_t amount; std::uint32_t number; side which; double price; };"
	sideLine   = "enum class side : std::uint8_t { buy = 1, sell = 2 };"
	addLine    = "  RINGCALL_METHOD(1) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;\n"
	twiceLine  = "  RINGCALL_METHOD(2) virtual quote twice(quote one) = 0;\n"
	noteLine   = "RINGCALL_METHOD(4, oneway) virtual void note(std::string_view line) = 0;"
)

// The rules in tools/gen/README.md, "Changing an interface", are this table in words.
var changes = []change{
	{part: "comment", name: "a_comment", old: "// What a thing costs.", new: "// What a thing costs, in cents."},
	{part: "new constant", name: "a_new_constant", old: "inline constexpr", new: "inline constexpr double fee = 0.5;\ninline constexpr"},
	{part: "constant", name: "another_constant", old: "depth_max = 16", new: "depth_max = 32"},
	{part: "side", name: "a_new_enumerator", old: "sell = 2", new: "sell = 2, swap = 3"},
	{part: "errors", name: "a_new_error", old: "unknown_symbol = 1", new: "unknown_symbol = 1, closed = 2"},
	{part: "note", name: "a_new_method", old: noteLine, new: noteLine + "\n  RINGCALL_METHOD(5) virtual std::int64_t more(std::int64_t a) = 0;"},
	{part: "note", name: "a_new_method_with_new_types", old: noteLine, new: noteLine +
		"\n  RINGCALL_METHOD(6) virtual quote best(ringcall::sequence<order> all) = 0;"},
	{part: "methods", name: "methods_reordered", old: addLine + twiceLine, new: twiceLine + addLine},
	{part: "methods", name: "a_method_gone", old: twiceLine, new: ""},
	{part: "service", name: "another_service", old: "class RINGCALL_SERVICE quotes {", new: "class RINGCALL_SERVICE alarms {\n public:\n  virtual ~alarms() = default;\n" +
		"  RINGCALL_METHOD(9) virtual void ring(std::uint32_t times) = 0;\n};\nclass RINGCALL_SERVICE quotes {"},
	{part: "attributes", name: "attributes", old: "RINGCALL_METHOD(1)", new: "RINGCALL_METHOD(1, idempotent, worker, deadline(9s))"},
	{part: "quote", name: "spelled_otherwise", old: structLine, new: "using cents = double;\nstruct quote { long long amount; unsigned number; side which; cents price; };"},
	{part: "side", name: "another_name_for_a_value", old: "sell = 2", new: "sell = 2, vend = sell"},
	{part: "quote", name: "an_unused_struct", old: structLine, new: structLine + "\nstruct unused { std::uint32_t a; };"},

	{part: "quote", name: "a_field_moved", old: structLine, new: "struct quote { std::int64_t amount; std::uint32_t number; side which; std::int64_t more; double price; };",
		difference: "quote.price: offset 16 in the server, 24 in the client"},
	{part: "quote", name: "fields_swapped", old: "std::int64_t amount; std::uint32_t number; side which; double price;", new: "double price; std::uint32_t number; side which; std::int64_t amount;",
		difference: "quote.price: offset 16 in the server, 0 in the client"},
	{part: "quote", name: "a_field_more", old: "double price; };", new: "double price; std::uint64_t more; };",
		difference: "quote: size 24 in the server, 32 in the client"},
	{part: "quote", name: "a_field_in_the_padding", old: "side which; double", new: "side which; std::uint8_t more; double",
		difference: "quote.more: missing in the server, type u8, offset 13 in the client", reverse: "quote.more: type u8, offset 13 in the server, missing in the client"},
	{part: "quote", name: "a_field_renamed", old: "double price;", new: "double value;",
		difference: "quote.price: type f64, offset 16 in the server, missing in the client", reverse: "quote.price: missing in the server, type f64, offset 16 in the client"},
	{part: "quote", name: "a_type_changed", old: "double price;", new: "std::int64_t price;",
		difference: "quote.price: type f64 in the server, i64 in the client"},
	{part: "quote", name: "a_sign_changed", old: "std::uint32_t number;", new: "std::int32_t number;",
		difference: "quote.number: type u32 in the server, i32 in the client"},
	{part: "quote", name: "a_size_changed", old: "std::uint32_t number;", new: "std::uint16_t number;",
		difference: "quote.number: type u32 in the server, u16 in the client"},
	{part: "order", name: "made_optional", old: "std::uint32_t amount;", new: "std::optional<std::uint32_t> amount;",
		difference: "order.amount: type u32 in the server, u32? in the client"},
	{part: "order", name: "text_to_bytes", old: "std::string_view symbol;", new: "std::span<const std::byte> symbol;",
		difference: "order.symbol: type text in the server, bytes in the client"},
	{part: "add", name: "an_id_reused", old: "std::int64_t add(", new: "std::int64_t subtract(",
		difference: "quotes.subtract: name add in the server, subtract in the client", reverse: "quotes.add: name subtract in the server, add in the client"},
	{part: "side", name: "an_enumerator_changed", old: "sell = 2", new: "sell = 3", difference: "side.sell: value 2 in the server, 3 in the client"},
	{part: "side", name: "an_enumerator_renamed", old: "sell = 2", new: "vend = 2",
		difference: "side.sell: value 2 in the server, missing in the client", reverse: "side.sell: missing in the server, value 2 in the client"},
	{part: "side", name: "an_enum_widened", old: "side : std::uint8_t", new: "side : std::uint16_t",
		difference: "side: type u8 in the server, u16 in the client"},
	{part: "add", name: "a_parameter_added", old: "std::int32_t b)", new: "std::int32_t b, std::int32_t c)",
		difference: "quotes.add: request 8 in the server, 12 in the client"},
	{part: "twice", name: "a_parameter_renamed", old: "quote one)", new: "quote it)",
		difference: "quotes.twice.one: type quote, offset 0 in the server, missing in the client",
		reverse:    "quotes.twice.one: missing in the server, type quote, offset 0 in the client"},
	{part: "add", name: "a_parameter_retyped", old: "std::int32_t b)", new: "std::uint32_t b)",
		difference: "quotes.add.b: type i32 in the server, u32 in the client"},
	{part: "add", name: "a_result_retyped", old: "virtual std::int64_t add", new: "virtual std::int32_t add",
		difference: "quotes.add: answer 8 in the server, 4 in the client"},
	{part: "note", name: "oneway_toggled", old: "RINGCALL_METHOD(4, oneway)", new: "RINGCALL_METHOD(4)",
		difference: "quotes.note: kind oneway in the server, call in the client"},
	{part: "place", name: "errors_changed", old: "ringcall::result<std::uint32_t, place_error>", new: "std::uint32_t",
		difference: "quotes.place: errors place_error in the server, none in the client", reverse: "quotes.place: no errors in the server, place_error in the client"},
}
