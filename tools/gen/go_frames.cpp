// Requests and answers of variable data: messages, and the functions that write a method's requests and read its answers.

#include "go_codec.hpp"
#include "go_parts.hpp"

namespace ringcall::gen {
namespace {

std::vector<go_parameter> sized(const go_method& m) {
  std::vector<go_parameter> list;
  for (const go_parameter& p : m.parameters) {
    if (!p.of->of.fixed) list.push_back(p);
  }
  return list;
}

void add_request(go_file& file, const go_method& m, values with) {
  const std::uint32_t head = m.of->request_fixed ? m.of->request_size : padded(m.of->request_size);
  const std::string variable = free_name(m.taken, {"size", "total"}), w = free_name(m.taken, {"w", "writer"});
  go_size sum{{std::to_string(head)}, {}};
  go_coder coder([&] { std::set<std::string> taken = m.taken; taken.insert({w}); return taken; }(), w, false);
  for (const go_parameter& p : m.parameters) {
    add_tail(sum, p.of->of, p.name, m.taken, variable);
    coder.put(p.of->of, p.name, {"", p.of->offset});
  }
  file.use(go_file::wire);
  with["sum"] = go_sum(sum, variable);
  with["statements"] = coder.statements();
  with["sized"] = go_signature(sized(m));
  with["w"] = w;
  with["b"] = free_name(m.taken, {"b", "bytes"});
  with["head"] = std::to_string(m.of->request_size);
  file.add(fill(R"(
func $sizer($sized) int {
	$sum
}

func $putter($b []byte$behind) {
	$w := wire.NewWriter($b, $head)
	$statements
}
)", with));
}

void add_frame(go_file& file, const go_method& m, values with) {
  const bool empty = m.parameters.empty();
  with["size"] = empty ? "0" : m.sizer + "(" + go_sized_arguments(m) + ")";
  file.add(fill(empty ? R"(
func ($c *$Client) frame$Stem(ctx context.Context) (*ringcall.Frame, error) {
	return $c.client.NewFrame(ctx, &$method, 0)
}
)" : R"(
func ($c *$Client) frame$Stem(ctx context.Context$behind) (*ringcall.Frame, error) {
	$frame, $err := $c.client.NewFrame(ctx, &$method, $size)
	if $err != nil {
		return nil, $err
	}
	$putter($frame.Bytes()$more)
	return $frame, nil
}
)", with));
}

void add_answer(go_file& file, const go_method& m, values with) {
  const type& result = m.of->result;
  file.use(go_file::wire);
  if (!m.answers()) {
    file.add(fill(R"(
func $reader(b []byte) error { return $method.Error(wire.ReadFixed(b, &struct{}{})) }
)", with));
  } else if (result.fixed) {
    with["normalise"] = go_normalise(result, "answer");
    file.add(fill(R"(
func $reader(b []byte) ($Answer, error) {
	var answer $Answer
	err := wire.ReadFixed(b, &answer)
	$normalise
	return answer, $method.Error(err)
}
)", with));
  } else {
    go_coder coder({"answer", "b", "r"}, "r", false);
    coder.read(result, "answer", {});
    with["statements"] = coder.statements();
    with["head"] = std::to_string(result.size);
    with["declaration"] = "var answer " + m.answer + '\n';
    if (m.has_view()) {
      with["declaration"].clear();
      with["statements"].replace(0, std::string_view("answer =").size(), "answer :=");
    }
    file.add(fill(R"(
func $reader(b []byte) ($Answer, error) {
	$declaration
	r := wire.NewReader(b, $head)
	$statements
	if err := r.Done(); err != nil {
		return $(zero)$method.Error(err)
	}
	return answer, nil
}
)", with));
  }
}

void add_view(go_file& file, const go_method& m, values with) {
  const type& result = m.of->result;
  const bool bytes = result.what != kind::sequence;
  const std::string element = bytes ? "" : go_type(*result.element);
  with["Values"] = bytes ? "Bytes" : "Values";
  with["values"] = bytes ? "bytes" : "values";
  with["Slice"] = bytes ? "[]byte" : "[]" + element;
  with["shown"] = bytes ? "r.Bytes(0)" : "wire.Records[" + element + "](&r, 0)";
  with["what"] = bytes ? "its bytes" : "its elements";
  file.use(go_file::wire);
  file.add(fill(R"(
// $(Stem)View is an answer of $Name where the server wrote it. Until Release it keeps its room in the answer arena, which other calls then lack.
type $(Stem)View struct {
	view   ringcall.View
	values $Slice
}

// $Values are valid until Release. The server can still write to them: where it is not to be trusted, copy first, then check, then use.
func (v $(Stem)View) $Values() $Slice { return v.values }

// Release gives the room back; the $values must not be touched afterwards.
func (v $(Stem)View) Release() { v.view.Release() }

// $(Name)View is $Name without a copy of the answer.
func ($c *$Client) $(Name)View($signature) ($(Stem)View, error) {
	$frame, $err := $c.frame$Stem(ctx$more)
	if $err != nil {
		return $(Stem)View{}, $err
	}
	$view, $err := $frame.View(ctx)
	if $err != nil {
		return $(Stem)View{}, $err
	}
	return $shower($view)
}

func $shower(view ringcall.View) ($(Stem)View, error) {
	r := wire.NewReader(view.Bytes(), $head)
	values := $shown
	if err := r.Done(); err != nil {
		view.Release()
		return $(Stem)View{}, $method.Error(err)
	}
	return $(Stem)View{view, values}, nil
}
)", with));
}

}  // namespace

std::string go_sized_arguments(const go_method& m) { return go_arguments(sized(m)); }

void add_message_codec(go_file& file, const record& message) {
  const std::string name = exported(message.name), x = go_receiver(name);
  const bool is_sent = file.package.sent.contains(&message), is_returned = file.package.returned.contains(&message);
  if (message.fixed || (!is_sent && !is_returned)) return;
  file.use(go_file::wire);
  go_size sum;
  go_coder puts({x, "at", "w"}, "w", true), reads({x, "at", "r"}, "r", true);
  for (const field& f : message.fields) {
    const std::string value = x + '.' + exported(f.name);
    add_tail(sum, f.of, value, {x, "size"});
    puts.put(f.of, value, {"at", f.offset});
    reads.read(f.of, value, {"at", f.offset});
  }
  const values with{{"Name", name}, {"x", x}, {"sum", go_sum(sum)}, {"puts", puts.statements()}, {"reads", reads.statements()}};
  if (is_sent) {
    file.add(fill(R"(
// tailSize is the room in a frame that the $Name takes beside its head.
func ($x *$Name) tailSize() int {
	$sum
}

func ($x *$Name) put(w *wire.Writer, at int) {
	$puts
}
)", with));
  }
  if (is_returned) {
    file.add(fill(R"(
func ($x *$Name) read(r *wire.Reader, at int) {
	$reads
}
)", with));
  }
}

void add_frames(go_file& file, const go_service& s) {
  for (const go_method& m : s.methods) {
    if (m.sent == form::record) continue;
    values with = go_values(s, m);
    with["behind"] = go_more(go_signature(m.parameters));
    if (!m.parameters.empty()) add_request(file, m, with);
    add_frame(file, m, with);
    if (!m.of->oneway) add_answer(file, m, with);
  }
}

void add_views(go_file& file, const go_service& s) {
  for (const go_method& m : s.methods) {
    if (!m.has_view()) continue;
    values with = go_values(s, m);
    with["head"] = std::to_string(m.of->result.size);
    add_view(file, m, with);
  }
}

}  // namespace ringcall::gen
