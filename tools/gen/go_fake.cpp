// The fake: a service in memory, for tests of what calls it.

#include "go_parts.hpp"

namespace ringcall::gen {
namespace {

void add_call(go_file& file, const values& with) {
  file.add(fill(R"(
func ($f *$Fake) $Name($signature) $Result {
	$f.count("$Name")
	if $f.$(Name)Func == nil {
		return $(zero)errors.New("$package: $Fake.$Name was called; set $(Name)Func")
	}
	return $f.$(Name)Func(ctx$more)
}
)", with));
}

void add_post(go_file& file, const go_method& m, const values& with) {
  file.add(fill(m.answers() ? R"(
// Post$Name runs $(Name)Func before it returns; Await tells what came of it.
func ($f *$Fake) Post$Name($signature) ($(Stem)Pending, error) {
	$answer, $err := $f.$Name(ctx$more)
	return &$Done[$Answer]{answer: $answer, err: $err}, nil
}
)" : R"(
// Post$Name runs $(Name)Func before it returns; Await tells what came of it.
func ($f *$Fake) Post$Name($signature) ($(Stem)Pending, error) {
	return &$DoneEmpty{err: $f.$Name(ctx$more)}, nil
}
)", with));
}

// What the fake's Post returns.
void add_done(go_file& file, const go_service& s) {
  bool answers = false, empty = false;
  for (const go_method& m : s.methods) {
    if (!m.of->oneway && !m.of->batch) (m.answers() ? answers : empty) = true;
  }
  if (answers || empty) file.use("sync/atomic");
  const values with{{"Done", s.done}, {"DoneEmpty", s.done_empty}};
  if (answers) {
    file.add(fill(R"(
// $Done is a call of the fake's, which has ended before anybody awaits it.
type $Done[T any] struct {
	answer T
	err    error
	ended  atomic.Bool
}

func (d *$Done[T]) Await(context.Context) (T, error) {
	if d.ended.Swap(true) {
		var none T
		return none, ringcall.ErrAwaited
	}
	return d.answer, d.err
}

func (d *$Done[T]) Abandon() { d.ended.Store(true) }
)", with));
  }
  if (empty) {
    file.add(fill(R"(
// $DoneEmpty is the same of a method without a result.
type $DoneEmpty struct {
	err   error
	ended atomic.Bool
}

func (d *$DoneEmpty) Await(context.Context) error {
	if d.ended.Swap(true) {
		return ringcall.ErrAwaited
	}
	return d.err
}

func (d *$DoneEmpty) Abandon() { d.ended.Store(true) }
)", with));
  }
}

void add_each(go_file& file, const go_method& m, values with) {
  std::vector<std::string> arguments;
  for (const go_parameter& p : m.parameters) arguments.push_back(m.own_request ? "requests[i]." + exported(p.of->name) : "requests[i]");
  with["each"] = joined(arguments, ", ");
  with["signature"] = "ctx context.Context, requests []" + m.request + ", answers []" + m.answer;
  file.use("fmt");
  file.add(fill(R"(
// $(Name)Each calls $(Name)Func with each of the requests, up to the first that fails.
func ($f *$Fake) $(Name)Each($signature) error {
	if len(answers) < len(requests) {
		return fmt.Errorf("$package: $Service.$(Name)Each: %d answers for %d requests", len(answers), len(requests))
	}
	for i := range requests {
		answer, err := $f.$Name(ctx, $each)
		if err != nil {
			return err
		}
		answers[i] = answer
	}
	return nil
}
)", with));
}

}  // namespace

void add_fake(go_file& file, const go_service& s) {
  for (const char* path : {"errors", "maps", "sync"}) file.use(path);
  std::set<std::string> taken;
  std::vector<row> functions;
  for (const go_method& m : s.methods) {
    taken.insert(m.taken.begin(), m.taken.end());
    std::string signature = fill("func($signature) $Result", go_values(s, m));
    signature.pop_back();
    functions.push_back({{m.name + "Func", signature}, {}});
  }
  const std::string f = free_name(taken, {"f", "fake"});
  const values service{{"Fake", s.name + "Fake"}, {"Service", s.name}, {"f", f}, {"functions", aligned(functions)}};
  file.add(fill(R"(
// $Fake is a $Service in memory: each call runs the function of its name, on the caller's goroutine; one that is not set is an error. Set
// them before the first call; then it is safe for any number of goroutines, if they are.
type $Fake struct {
	$functions

	mu    sync.Mutex
	calls map[string]int
}

var _ $Service = (*$Fake)(nil)

// Calls counts the calls by method: "Add" also counts those by PostAdd and AddEach.
func ($f *$Fake) Calls() map[string]int {
	$f.mu.Lock()
	defer $f.mu.Unlock()
	return maps.Clone($f.calls)
}

func ($f *$Fake) count(method string) {
	$f.mu.Lock()
	defer $f.mu.Unlock()
	if $f.calls == nil {
		$f.calls = make(map[string]int)
	}
	$f.calls[method]++
}
)", service));
  for (const go_method& m : s.methods) {
    values with = go_values(s, m);
    with.insert(service.begin(), service.end());
    with["package"] = file.package.name;
    if (m.of->batch) with["more"] = ", requests, answers";
    add_call(file, with);
    if (m.of->oneway || m.of->batch) continue;
    add_post(file, m, with);
    if (m.has_each()) add_each(file, m, with);
  }
  add_done(file, s);
}

}  // namespace ringcall::gen
