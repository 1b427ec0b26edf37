// Many calls at once: runs, which have an outcome for each call, and dense batches.

#include "go_codec.hpp"
#include "go_parts.hpp"

namespace ringcall::gen {
namespace {

std::string answer_body(const go_method& m, const values& with) {
  if (!m.answers()) return fill("return $r.RecordRun.Answer(i, &struct{}{})\n", with);
  return fill(R"(
var answer $Answer
err := $r.RecordRun.Answer(i, &answer)
$normalise
return answer, err
)", with);
}

// A run of records is the runtime's, with the method's own signature.
void add_record_run(go_file& file, const go_method& m, values with) {
  with["body"] = answer_body(m, with);
  file.add(fill(R"(
// $(Stem)Run is a number of calls of $Name that are posted together and awaited together; see ringcall.RecordRun. It is reusable, and used by one
// goroutine at a time.
type $(Stem)Run struct {
	*ringcall.RecordRun[$Request, $Answer]
}

// New$(Name)Run makes a run of up to capacity calls.
func ($c *$Client) New$(Name)Run(capacity int) *$(Stem)Run {
	return &$(Stem)Run{ringcall.NewRecordRun[$Request, $Answer]($c.client, &$method, capacity)}
}

// Add adds a call, without waiting.
func ($r *$(Stem)Run) Add($parameters) error {
	return $r.RecordRun.Add($request)
}

// Answer is the outcome of the call that was added as number i, from 0.
func ($r *$(Stem)Run) Answer(i int) $Result {
	$body
}
)", with));
}

std::string frame_answer_body(const go_method& m, const values& with) {
  if (m.sent == form::frame) {
    return fill(R"(
b, err := $r.$Type.Answer(i)
if err != nil {
	return $zero$explained
}
return $reader($kept)
)", with);
  }
  return fill(m.answers() ? R"(
var answer $Answer
b, err := $r.$Type.Answer(i)
if err == nil {
	err = $read
}
$normalise
return answer, $explained
)" : R"(
_, err := $r.$Type.Answer(i)
return $explained
)", with);
}

std::string add_body(const go_method& m, const values& with) {
  if (m.parameters.empty()) return fill("_, err := $r.$Type.Reserve($(reserve)0)\nreturn $explained\n", with);
  return fill(R"(
$frame, $err := $r.$Type.Reserve($(reserve)$sizer($sized))
if $err != nil {
	return $add_explained
}
$putter($frame$more)
return nil
)", with);
}

// A run of frames: each is written as it is added, and read as its answer is asked for.
void add_frame_run(go_file& file, const go_method& m, values with) {
  // All at once, by a runtime's type that knows the method; or, if it is on a worker, call by call by one that does not.
  const bool dense = !m.of->worker;
  const std::string method = with["method"], client = with["c"] + ".client";
  auto explained = [&](const std::string& error) { return dense ? error : method + ".Error(" + error + ")"; };
  const bool reads = m.sent == form::frame;
  if (reads && !dense) file.use("slices");
  if (!reads && m.answers()) file.use(go_file::wire);
  with["Type"] = dense ? "FrameRun" : "Run";
  with["make"] = dense ? "ringcall.NewFrameRun(" + client + ", &" + method + ", capacity)" : client + ".NewRun(capacity)";
  with["reserve"] = dense ? "" : method + ".ID, ";
  with["explained"] = explained("err");
  with["add_explained"] = explained(with["err"]);
  with["read"] = dense ? method + ".Error(wire.ReadFixed(b, &answer))" : "wire.ReadFixed(b, &answer)";
  with["kept"] = dense ? "b" : "slices.Clone(b)"; // a Run's answers lie in its memory until Reset
  with["add"] = add_body(m, with);
  with["body"] = frame_answer_body(m, with);
  file.add(fill(R"(
// $(Stem)Run is a number of calls of $Name that are posted together and awaited together; see ringcall.$Type. It is reusable, and used by one
// goroutine at a time.
type $(Stem)Run struct {
	*ringcall.$Type
}

// New$(Name)Run makes a run of up to capacity calls.
func ($c *$Client) New$(Name)Run(capacity int) *$(Stem)Run {
	return &$(Stem)Run{$make}
}

// Add adds a call, without waiting.
func ($r *$(Stem)Run) Add($parameters) error {
	$add
}

// Answer is the outcome of the call that was added as number i, from 0.
func ($r *$(Stem)Run) Answer(i int) $Result {
	$body
}
)", with));
  if (dense) return;
  with["bound"] = m.of->deadline_ns == 0 ? "" : fill("ctx, cancel := $method.Bound(ctx)\ndefer cancel()\n", with);
  for (const char* name : {"Post", "Await", "Do"}) {
    with["Form"] = name;
    file.add(fill(R"(
// $Form is that of ringcall.Run.
func ($r *$(Stem)Run) $Form(ctx context.Context) error {
	$bound
	return $method.Error($r.Run.$Form(ctx))
}
)", with));
  }
}

}  // namespace

void add_runs(go_file& file, const go_service& s) {
  for (const go_method& m : s.methods) {
    if (m.of->oneway || m.of->batch) continue;
    values with = go_values(s, m);
    with["r"] = free_name(m.taken, {"r", "run"});
    with["sized"] = go_sized_arguments(m);
    with["normalise"] = go_normalise(m.of->result, "answer", {"i"});
    if (m.is_dense()) {
      add_record_run(file, m, with);
    } else {
      add_frame_run(file, m, with);
    }
  }
}

void add_batches(go_file& file, const go_service& s) {
  for (const go_method& m : s.methods) {
    if (!m.is_dense() || !m.answers()) continue;
    file.add(fill(R"(
// $(Stem)Batch is one call that carries many requests of $Name: Reserve, fill in, Post, Await, read Answers, Release. What Reserve and Answers return
// is only valid until Release; see ringcall.RecordBatch.
type $(Stem)Batch = ringcall.RecordBatch[$Request, $Answer]

// New$(Name)Batch makes a batch, which is reusable and used by one goroutine at a time.
func ($c *$Client) New$(Name)Batch() *$(Stem)Batch {
	return ringcall.NewRecordBatch[$Request, $Answer]($c.client, &$method)
}
)", go_values(s, m)));
  }
}

}  // namespace ringcall::gen
