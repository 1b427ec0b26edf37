#pragma once
// What a server says of its services when a client attaches (tools/gen/README.md, FRAME.md): methods, and how their values lie in memory. The text is the
// server's and may be anything; what comes out of parse is consistent: fields lie in what holds them, nothing contains itself, sizes are bounded.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ringcall::load {

enum class scalar : std::uint8_t { boolean, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 };
std::uint32_t size_of(scalar s) noexcept;
bool is_signed(scalar s) noexcept;

enum class kind : std::uint8_t { number, enumeration, record, array, fixed_text, text, bytes, sequence, optional };

struct record;
struct enumeration;

// size, align: of the head, in bytes.
struct type {
  kind what = kind::number;
  scalar number = scalar::boolean; // of a number; under an enumeration
  std::uint32_t count = 0;         // of an array's elements, of a fixed_text's bytes
  std::uint32_t size = 1;
  std::uint32_t align = 1;
  bool fixed = true;
  std::shared_ptr<const record> structure;
  std::shared_ptr<const enumeration> listed;
  std::shared_ptr<const type> element; // of an array, sequence, optional
};

struct field {
  std::string name;
  type of;
  std::uint32_t offset; // of its head in the head of what holds it
};

struct record {
  std::string name;
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  bool fixed = true;
  std::vector<field> fields;
};

struct enumerator {
  std::string name;
  std::uint64_t value; // its bits, sign-extended
};

struct enumeration {
  std::string name;
  scalar underlying = scalar::u8;
  std::vector<enumerator> values;
};

struct method {
  std::string name;    // "service.method"; "method N" where nothing is known of it
  std::uint16_t id = 0;
  bool described = false; // if not, requests and answers are any bytes
  bool oneway = false;
  std::uint32_t request_size = 0; // of the head
  std::uint32_t answer_size = 0;
  std::vector<field> parameters;
  std::vector<field> result; // one, or none
  std::shared_ptr<const enumeration> errors;
  std::vector<std::string> lines; // all lines of the description that say what it takes and returns, sorted

  bool fixed_request() const noexcept;
  bool fixed_answer() const noexcept;
};

// Says the line, what stands there and what was expected.
struct bad_description : std::runtime_error {
  using runtime_error::runtime_error;
};

class description {
 public:
  // Throws bad_description.
  static description parse(std::string_view text);
  // For what only shows: nothing of one that is bad.
  static description parse_if_good(std::string_view text);

  const std::vector<method>& methods() const noexcept { return methods_; }
  // By "service.method", by "method" if one service alone has it, or by number, which need not be described. Throws std::invalid_argument that names near ones.
  method find(std::string_view name) const;
  // By number; a method that is not described if there is none.
  method find(std::uint16_t id) const;

 private:
  friend class parser;

  std::vector<method> methods_;
};

inline constexpr std::uint32_t head_size_max = 1u << 26; // bytes of a type's head: what is larger is no honest description

}  // namespace ringcall::load
