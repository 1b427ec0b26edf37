#pragma once
// What a header says, once it was read and checked: what the emitters write from. Nothing here knows libclang.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringcall::gen {

struct location {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
};

enum class scalar { boolean, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 };

struct record;
struct enumeration;

enum class kind {
  nothing,     // void
  scalar,
  enumeration,
  record,      // a struct; fixed or not
  array,       // T[N], std::array<T, N>; of fixed elements
  fixed_text,  // ringcall::fixed_text<N>
  text,        // std::string_view; std::string
  bytes,       // std::span<const std::byte>; std::vector<std::byte>
  sequence,    // std::span<const T> of a fixed T, ringcall::sequence<T> of any other; std::vector<T>
  optional,    // std::optional<T>
};

// A type where it stands: as a parameter, a result or a field.
struct type {
  kind what = kind::nothing;
  scalar number = scalar::u8;          // of kind::scalar
  const enumeration* listed = nullptr; // of kind::enumeration
  const record* structure = nullptr;   // of kind::record
  std::shared_ptr<const type> element; // of array, sequence, optional
  std::uint32_t count = 0;             // array: elements; fixed_text: capacity in bytes
  bool owned = false;                  // std::string, std::vector, or something that holds one: allowed in results only
  bool fixed = true;                   // it is all head: no variable data in it
  bool has_bool = false;               // somewhere in its head
  std::uint32_t size = 0;              // of its head, in bytes (see FRAME.md)
  std::uint32_t align = 1;             // of its head
  std::string spelling;                // in C++, from the global namespace, without reference
};

struct field {
  std::string name;
  type of;
  std::uint32_t offset = 0; // of its head in the head around it
  std::string doc;          // text of the comment, without comment marks; lines joined by '\n'
  location at;
};

struct record {
  std::string name;      // quote
  std::string qualified; // ::market::quote
  std::vector<field> fields;
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  bool fixed = true; // C++ and Go lay it out alike; otherwise it is encoded field by field
  bool has_bool = false;
  bool owned = false;
  std::string doc;
  location at;
};

struct enumerator {
  std::string name;
  std::int64_t value = 0; // of an unsigned 64-bit enumeration: the same bits
  std::string doc;
};

struct enumeration {
  std::string name;
  std::string qualified;
  scalar underlying = scalar::u8;
  std::string spelling; // of the underlying type, as a type's
  bool errors = false; // some method fails with it
  std::vector<enumerator> values;
  std::string doc;
  location at;
};

struct constant {
  std::string name;
  type of;           // a scalar, or text
  std::string value; // of text: its bytes; of bool: true or false; of a float: shortest text that reads back the same; else decimal
  std::string doc;
};

struct method {
  std::string name;
  std::uint16_t id = 0;
  bool idempotent = false;
  bool oneway = false;
  bool batch = false; // parameters is one, named request, of the spans' record; result is the other span's element
  bool worker = false;
  std::uint64_t deadline_ns = 0; // 0: none
  std::vector<field> parameters; // laid out as a struct: the request's head
  std::uint32_t request_size = 0;
  std::uint32_t request_align = 1;
  bool request_fixed = true;
  bool request_has_bool = false;
  type result;                         // without ringcall::result
  bool result_wrapped = false;         // it was a ringcall::result<T, E>
  const enumeration* errors = nullptr; // E, or what errors(E) names
  std::string signature;               // in C++, as a pointer to member: void (::quotes::*)(::std::int32_t) const
  std::string doc;
  location at;

  bool fixed() const { return request_fixed && result.fixed; }
};

struct service {
  std::string name;
  std::string qualified;
  std::vector<method> methods; // by id
  std::string doc;
  location at;
};

struct interface {
  std::vector<std::string> headers;    // what to include
  std::vector<std::string> namespaces; // of the services, outermost first
  std::vector<std::unique_ptr<enumeration>> enumerations;
  std::vector<std::unique_ptr<record>> records; // each after those that it holds
  std::vector<constant> constants;
  std::vector<service> services;
};

}  // namespace ringcall::gen
