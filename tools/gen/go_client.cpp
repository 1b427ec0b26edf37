// The interface in Go, the client that implements it, and its blocking calls.

#include "go_codec.hpp"
#include "go_parts.hpp"

namespace ringcall::gen {
namespace {

std::string duration(std::uint64_t ns) {
  struct unit {
    std::uint64_t size;
    const char* name;
  };
  for (const unit u : {unit{3'600'000'000'000, "time.Hour"}, {60'000'000'000, "time.Minute"}, {1'000'000'000, "time.Second"}, {1'000'000, "time.Millisecond"}, {1000, "time.Microsecond"}}) {
    if (ns == u.size) return u.name;
    if (ns % u.size == 0) return std::to_string(ns / u.size) + " * " + u.name;
  }
  return std::to_string(ns) + " * time.Nanosecond";
}

// 5ms
std::string spoken(std::uint64_t ns) {
  struct unit {
    std::uint64_t size;
    const char* name;
  };
  for (const unit u : {unit{3'600'000'000'000, " h"}, {60'000'000'000, " min"}, {1'000'000'000, " s"}, {1'000'000, " ms"}, {1000, " us"}}) {
    if (ns % u.size == 0) return std::to_string(ns / u.size) + u.name;
  }
  return std::to_string(ns) + " ns";
}

// The header's words, and what the header's attributes mean to a caller.
std::string method_doc(const go_method& m) {
  std::string more;
  if (m.of->oneway) more += m.name + " returns when the call is posted: nobody hears what became of it. ";
  if (m.of->batch) more += m.name + " takes one request for each answer, in dense batches, and needs as many answers as there are requests. ";
  if (m.of->deadline_ns != 0) more += "A ctx without a deadline is given " + spoken(m.of->deadline_ns) + ". ";
  if (m.of->errors != nullptr) more += m.name + " fails with a " + exported(m.of->errors->name) + ", among others. ";
  if (!more.empty()) more.pop_back();
  return paragraphs(m.of->doc, more);
}

std::string batch_signature(const go_method& m) { return "ctx context.Context, requests []" + m.request + ", answers []" + m.answer; }

void add_pending(go_file& file, const values& with) {
  file.add(fill(R"(
// $(Stem)Pending is a call of $Name that was posted. It is awaited or abandoned, once.
type $(Stem)Pending interface {
	Await(ctx context.Context) $Result
	Abandon()
}
)", with));
}

std::string interface_method(const go_method& m, const values& with) {
  std::string out = comment(method_doc(m)) + fill("$Name($signature) $Result\n", with);
  if (m.of->oneway || m.of->batch) return out;
  out += comment("Post" + m.name + " starts " + m.name + " and returns without waiting for its answer.") + fill("Post$Name($signature) ($(Stem)Pending, error)\n", with);
  if (!m.has_each()) return out;
  return out + comment(m.name + "Each calls " + m.name + " with each of the requests, in dense batches. It needs as many answers as there are requests.") +
         m.name + "Each(" + batch_signature(m) + ") error\n";
}

void add_call(go_file& file, const go_method& m, const values& with) {
  if (m.of->batch) {
    file.add(fill(R"(
func ($c *$Client) $Name($signature) error {
	return ringcall.CallEach(ctx, $c.client, &$method, requests, answers)
}
)", with));
  } else if (m.sent == form::frame) {
    file.add(fill(m.of->oneway ? R"(
func ($c *$Client) $Name($signature) error {
	$frame, $err := $c.frame$Stem(ctx$more)
	if $err != nil {
		return $err
	}
	return $frame.Send(ctx)
}
)" : R"(
func ($c *$Client) $Name($signature) $Result {
	$frame, $err := $c.frame$Stem(ctx$more)
	if $err != nil {
		return $(zero)$err
	}
	$answer, $err := $frame.Call(ctx)
	if $err != nil {
		return $(zero)$err
	}
	return $reader($answer)
}
)", with));
  } else if (m.of->oneway) {
    file.add(fill(R"(
func ($c *$Client) $Name($signature) error {
	return ringcall.SendRecord(ctx, $c.client, &$method, $request)
}
)", with));
  } else if (!m.answers()) {
    file.add(fill(R"(
func ($c *$Client) $Name($signature) error {
	return ringcall.CallRecord(ctx, $c.client, &$method, $request, &struct{}{})
}
)", with));
  } else {
    file.add(fill(R"(
func ($c *$Client) $Name($signature) $Result {
	var $answer $Answer
	$err := ringcall.CallRecord(ctx, $c.client, &$method, $request, &$answer)
	$normalise
	return $answer, $err
}
)", with));
  }
}

std::string request_address(const go_method& m) {
  if (m.parameters.empty()) return "&struct{}{}";
  if (!m.own_request) return '&' + m.parameters[0].name;
  std::vector<std::string> fields;
  for (const go_parameter& p : m.parameters) fields.push_back(exported(p.of->name) + ": " + p.name);
  return '&' + m.request + '{' + joined(fields, ", ") + '}';
}

}  // namespace

values go_values(const go_service& s, const go_method& m) {
  const std::string answer = free_name(m.taken, {"answer", "result"});
  return {
      {"Service", s.name},
      {"Done", s.done},
      {"DoneEmpty", s.done_empty},
      {"Client", s.name + "Client"},
      {"c", s.receiver},
      {"Name", m.name},
      {"Stem", m.stem},
      {"method", m.variable},
      {"posted", m.pending},
      {"sizer", m.sizer},
      {"putter", m.putter},
      {"reader", m.reader},
      {"shower", m.shower},
      {"signature", m.of->batch ? batch_signature(m) : "ctx context.Context" + go_more(go_signature(m.parameters))},
      {"parameters", go_signature(m.parameters)},
      {"arguments", go_arguments(m.parameters)},
      {"more", go_more(go_arguments(m.parameters))},
      {"Request", m.request},
      {"Answer", m.answer},
      {"Result", m.answers() && !m.of->batch ? "(" + m.answer + ", error)" : "error"},
      {"zero", m.answers() && !m.of->batch ? go_zero(m.of->result) + ", " : ""},
      {"request", request_address(m)},
      {"answer", answer},
      {"err", free_name(m.taken, {"err", "failure"})},
      {"frame", free_name(m.taken, {"frame", "message"})},
      {"pending", free_name(m.taken, {"pending", "posted"})},
      {"view", free_name(m.taken, {"view", "shown"})},
      {"normalise", go_normalise(m.of->result, answer, m.taken)},
  };
}

void add_interface(go_file& file, const go_service& s) {
  std::string methods;
  for (const go_method& m : s.methods) methods += (methods.empty() ? "" : "\n") + interface_method(m, go_values(s, m));
  file.use("context");
  file.add(fill(R"(
$doc
type $Service interface {
	$methods
}
)", {{"doc", comment(paragraphs(s.of->doc, s.name + " is the service " + s.of->name + " for those who call it: " + s.name + "Client calls the server, " + s.name + "Fake is for tests. "
                                "What is returned is the caller's own."))},
     {"Service", s.name},
     {"methods", methods}}));
  for (const go_method& m : s.methods) {
    if (m.own_request) {
      add_struct(file, m.request, m.request + " has the parameters of " + m.name + ".", m.of->parameters, m.of->request_size);
    }
    if (!m.of->oneway && !m.of->batch) add_pending(file, go_values(s, m));
  }
}

void add_client(go_file& file, const go_service& s) {
  for (const std::string_view path : {std::string_view("os/exec"), go_file::core}) file.use(path);
  file.add(fill(R"(
// $Client calls the service $service over a channel of ringcall's. It is safe for any number of goroutines.
type $Client struct {
	client *ringcall.Client
}

var _ $Service = (*$Client)(nil)

// Dial$Service attaches to the server that listens under name; see ringcall.Dial. A server of another version of the interface is an error that
// says what differs.
func Dial$Service(ctx context.Context, name string, opts ...ringcall.Option) (*$Client, error) {
	client, err := ringcall.Dial(ctx, name, append([]ringcall.Option{ringcall.WithInterface(&$(Service)Interface)}, opts...)...)
	if err != nil {
		return nil, err
	}
	return &$Client{client}, nil
}

// Start$Service launches a server that is the client's own; see ringcall.Start.
func Start$Service(ctx context.Context, cmd *exec.Cmd, opts ...ringcall.Option) (*$Client, error) {
	client, err := ringcall.Start(ctx, cmd, append([]ringcall.Option{ringcall.WithInterface(&$(Service)Interface)}, opts...)...)
	if err != nil {
		return nil, err
	}
	return &$Client{client}, nil
}

// New$Client uses a channel that is there already, of ringcall.Dial or ringcall.Start without an interface, or with this one among others: so one channel
// serves several services of a server.
func New$Client(client *ringcall.Client) (*$Client, error) {
	if err := client.Implements(&$(Service)Interface); err != nil {
		return nil, err
	}
	return &$Client{client}, nil
}

// Close closes the channel, for all who use it.
func ($c *$Client) Close() error { return $c.client.Close() }

// Client is the channel.
func ($c *$Client) Client() *ringcall.Client { return $c.client }
)", {{"Client", s.name + "Client"}, {"Service", s.name}, {"service", s.of->name}, {"c", s.receiver}}));
  for (const go_method& m : s.methods) {
    const values with = go_values(s, m);
    if (!with.at("normalise").empty() && m.sent == form::record) file.use(go_file::wire);
    add_call(file, m, with);
  }
}

void add_methods(go_file& file, const go_service& s) {
  for (const go_method& m : s.methods) {
    std::vector<row> rows{{{"ID:", std::to_string(m.of->id) + ","}, {}}, {{"Name:", quoted(s.name + '.' + m.name) + ','}, {}}};
    if (m.of->deadline_ns != 0) {
      file.use("time");
      rows.push_back({{"Deadline:", duration(m.of->deadline_ns) + ','}, {}});
    }
    if (m.of->idempotent) rows.push_back({{"Idempotent:", "true,"}, {}});
    if (m.of->errors != nullptr) rows.push_back({{"Failure:", file.package.errors.at(m.of->errors) + ','}, {}});
    file.add("var " + m.variable + " = ringcall.Method{\n" + indented(aligned(rows), "\t") + "}\n");
  }
}

}  // namespace ringcall::gen
