// Calls that are posted and awaited later, and calls with each element of a slice.

#include "go_codec.hpp"
#include "go_parts.hpp"

namespace ringcall::gen {
namespace {

void add_post(go_file& file, const go_method& m, const values& with) {
  if (m.sent == form::record) {
    file.add(fill(R"(
func ($c *$Client) Post$Name($signature) ($(Stem)Pending, error) {
	$pending, $err := ringcall.PostRecord(ctx, $c.client, &$method, $request)
	if $err != nil {
		return nil, $err
	}
	return $posted{$pending}, nil
}
)", with));
    return;
  }
  file.add(fill(R"(
func ($c *$Client) Post$Name($signature) ($(Stem)Pending, error) {
	$frame, $err := $c.frame$Stem(ctx$more)
	if $err != nil {
		return nil, $err
	}
	$pending, $err := $frame.Post(ctx)
	if $err != nil {
		return nil, $err
	}
	return $posted{$pending}, nil
}
)", with));
}

std::string await_body(const go_method& m, const values& with) {
  if (m.sent == form::frame) {
    return fill(R"(
answer, err := ringcall.AwaitFrame(ctx, p.posted, &$method)
if err != nil {
	return $(zero)err
}
return $reader(answer)
)", with);
  }
  if (!m.answers()) return fill("return ringcall.AwaitRecord(ctx, p.posted, &$method, &struct{}{})\n", with);
  values own = with;
  own["normalise"] = go_normalise(m.of->result, "answer");
  return fill(R"(
var answer $Answer
err := ringcall.AwaitRecord(ctx, p.posted, &$method, &answer)
$normalise
return answer, err
)", own);
}

void add_pending(go_file& file, const go_method& m, values with) {
  with["body"] = await_body(m, with);
  file.add(fill(R"(
type $posted struct{ posted ringcall.Pending }

func (p $posted) Await(ctx context.Context) $Result {
	$body
}

func (p $posted) Abandon() { p.posted.Abandon() }
)", with));
}

void add_each(go_file& file, const go_method& m, values with) {
  with["signature"] = "ctx context.Context, requests []" + m.request + ", answers []" + m.answer;
  with["normalise"] = go_normalise(m.of->result, "answers[i]", {"i"});
  file.add(fill(with["normalise"].empty() ? R"(
func ($c *$Client) $(Name)Each($signature) error {
	return ringcall.CallEach(ctx, $c.client, &$method, requests, answers)
}
)" : R"(
func ($c *$Client) $(Name)Each($signature) error {
	if err := ringcall.CallEach(ctx, $c.client, &$method, requests, answers); err != nil {
		return err
	}
	for i := range requests {
		$normalise
	}
	return nil
}
)", with));
}

}  // namespace

void add_posts(go_file& file, const go_service& s) {
  for (const go_method& m : s.methods) {
    if (m.of->oneway || m.of->batch) continue;
    const values with = go_values(s, m);
    add_post(file, m, with);
    add_pending(file, m, with);
    if (m.has_each()) add_each(file, m, with);
  }
}

}  // namespace ringcall::gen
