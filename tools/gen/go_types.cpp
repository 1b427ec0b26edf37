// Constants, enums and records in Go.

#include "go_codec.hpp"
#include "go_parts.hpp"

#include <algorithm>

namespace ringcall::gen {
namespace {

std::string number(const enumeration& e, std::int64_t value) {
  return e.underlying == scalar::u64 ? std::to_string(static_cast<std::uint64_t>(value)) : std::to_string(value);
}

bool is_signed(scalar s) { return s == scalar::i8 || s == scalar::i16 || s == scalar::i32 || s == scalar::i64; }

std::string underlying(const enumeration& e) {
  type t;
  t.what = kind::scalar;
  t.number = e.underlying == scalar::boolean ? scalar::u8 : e.underlying;
  return go_type(t);
}

// Those whose values are not another one's before them: a switch names a value once.
std::vector<const enumerator*> distinct(const enumeration& e) {
  std::vector<const enumerator*> list;
  for (const enumerator& value : e.values) {
    if (std::ranges::none_of(list, [&](const enumerator* known) { return known->value == value.value; })) list.push_back(&value);
  }
  return list;
}

std::string cases(const enumeration& e) {
  std::string out;
  for (const enumerator* value : distinct(e)) out += "case " + enumerator_name(e, *value) + ":\n\treturn " + quoted(value->name) + '\n';
  return out;
}

void add_error_functions(go_file& file, const enumeration& e, values with) {
  with["of"] = file.package.errors.at(&e);
  std::vector<std::string> codes;
  for (const enumerator* value : distinct(e)) {
    if (value->value != 0) codes.push_back(number(e, value->value));
  }
  with["codes"] = joined(codes, ", ");
  file.add(fill(R"(
// Error makes $Name an error: errors.Is finds it in what a failed call returns.
func ($x $Name) Error() string { return $x.String() }

// $of is the error for a failure's code; nil if the header does not list it.
func $of(code uint32) error {
	switch code {
	case $codes:
		return $Name(code)
	}
	return nil
}
)", with));
}

void add_enumeration(go_file& file, const enumeration& e) {
  const std::string name = exported(e.name);
  values with{{"Name", name}, {"x", go_receiver(name)}, {"underlying", underlying(e)}, {"doc", comment(e.doc)}};
  file.add(fill("$doc\ntype $Name $underlying\n", with));
  if (!e.values.empty()) {
    std::vector<row> rows;
    for (const enumerator& value : e.values) rows.push_back({{enumerator_name(e, value), name, "= " + number(e, value.value)}, value.doc});
    file.add("const (\n" + indented(aligned(rows), "\t") + ")\n");
  }
  if (e.values.empty() && !e.errors) return;
  file.use("strconv");
  with["cases"] = cases(e);
  with["switch"] = e.values.empty() ? "" : fill("switch $x {\n$cases\n}\n", with);
  with["number"] = is_signed(e.underlying) ? "strconv.FormatInt(int64(" + with["x"] + "), 10)" : "strconv.FormatUint(uint64(" + with["x"] + "), 10)";
  with["close"] = quoted(")");
  file.add(fill(R"(
func ($x $Name) String() string {
	$switch
	return "$Name(" + $number + $close
}
)", with));
  if (e.errors) add_error_functions(file, e, with);
}

struct laid_out {
  std::string fields;
  std::string assertions;
};

laid_out lay_out(const std::string& name, const std::vector<field>& fields, std::uint32_t size) {
  std::vector<row> rows{{{"_", "structs.HostLayout"}, {}}};
  std::vector<row> assertions{{{"_", "[" + std::to_string(size) + "]byte", "= [unsafe.Sizeof(" + name + "{})]byte{}"}, {}}};
  for (const field& f : fields) {
    rows.push_back({{exported(f.name), go_type(f.of)}, f.doc});
    assertions.push_back({{"_", "[" + std::to_string(f.offset) + "]byte", "= [unsafe.Offsetof(" + name + "{}." + exported(f.name) + ")]byte{}"}, {}});
  }
  return {aligned(rows), aligned(assertions)};
}

void add_message(go_file& file, const record& r) {
  std::vector<row> rows;
  for (const field& f : r.fields) rows.push_back({{exported(f.name), go_type(f.of)}, f.doc});
  file.add(comment(r.doc) + "type " + exported(r.name) + " struct {\n" + indented(aligned(rows), "\t") + "}\n");
}

}  // namespace

void add_struct(go_file& file, const std::string& name, const std::string& doc, const std::vector<field>& fields, std::uint32_t size) {
  const laid_out parts = lay_out(name, fields, size);
  file.use("structs");
  file.use("unsafe");
  const values with{{"Name", name}, {"doc", comment(doc)}, {"fields", parts.fields}, {"assertions", parts.assertions}};
  file.add(fill(R"(
$doc
type $Name struct {
	$fields
}

// These compile if Go lays $Name out as C++ does.
var (
	$assertions
)
)", with));
}

// For records that come from the server.
static void add_normalise(go_file& file, const record& r) {
  const std::string name = exported(r.name), x = go_receiver(name);
  std::string bools;
  for (const field& f : r.fields) bools += go_normalise(f.of, x + '.' + exported(f.name), {x});
  file.use(go_file::wire);
  file.add(fill(R"(
// normalise makes bools of what was copied out of shared memory, where the server could have written any byte.
func ($x *$Name) normalise() {
	$bools
}
)", {{"Name", name}, {"x", x}, {"bools", bools}}));
}

void add_constants(go_file& file) {
  std::vector<row> numbers, texts;
  for (const constant& c : file.package.of->constants) {
    const std::string name = exported(c.name);
    if (c.of.what == kind::text) {
      texts.push_back({{name, "= " + quoted(c.value)}, c.doc});
    } else {
      numbers.push_back({{name, go_type(c.of), "= " + c.value}, c.doc});
    }
  }
  for (const auto& rows : {numbers, texts}) {
    if (!rows.empty()) file.add("const (\n" + indented(aligned(rows), "\t") + ")\n");
  }
}

void add_enumerations(go_file& file) {
  for (const auto& e : file.package.of->enumerations) add_enumeration(file, *e);
}

void add_records(go_file& file) {
  for (const auto& r : file.package.of->records) {
    if (r->fixed) {
      add_struct(file, exported(r->name), r->doc, r->fields, r->size);
      if (r->has_bool && file.package.returned.contains(r.get())) add_normalise(file, *r);
    } else {
      add_message(file, *r);
    }
  }
}

}  // namespace ringcall::gen
