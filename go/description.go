package ringcall

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A description of a service is a line for the service, each method, parameter, record, field, enumeration and enumerator: "key: attribute value, ...".
// A key is "service quotes", "quotes 1" (a method by its id), "quotes 1.a", "quote", "quote.price". Attributes called type and errors name types.

// description is one service's.
type description struct {
	name     string
	lines    map[string][]attribute
	children map[string][]string // keys behind a key and a dot, in order
	methods  []string            // keys, in order
}

type attribute struct{ name, value string }

// parseDescriptions reads the descriptions in text, which may be anything. whose is for the error.
func parseDescriptions(text, whose string) ([]*description, error) {
	var list []*description
	for i, line := range strings.Split(text, "\n") {
		if line == "" {
			continue
		}
		key, attributes, ok := strings.Cut(line, ": ")
		name, service := strings.CutPrefix(key, "service ")
		if !ok || !isPrintable(line) || !service && len(list) == 0 {
			return nil, fmt.Errorf("line %d of %s's description is %.60q, expected \"key: attribute value\", a service's first", i+1, whose, line)
		}
		if service {
			list = append(list, &description{name: name, lines: map[string][]attribute{}, children: map[string][]string{}})
		}
		list[len(list)-1].add(key, attributes)
	}
	return list, nil
}

func isPrintable(line string) bool {
	return utf8.ValidString(line) && strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

func (d *description) add(key, attributes string) {
	if _, again := d.lines[key]; again {
		return
	}
	var list []attribute
	for _, a := range strings.Split(attributes, ", ") {
		name, value, _ := strings.Cut(a, " ")
		list = append(list, attribute{name, value})
	}
	d.lines[key] = list
	if parent, _, ok := strings.Cut(key, "."); ok {
		d.children[parent] = append(d.children[parent], key)
	} else if strings.HasPrefix(key, d.name+" ") {
		d.methods = append(d.methods, key)
	}
}

func (d *description) value(key, name string) (string, bool) {
	for _, a := range d.lines[key] {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// compareInterface says in what the service of the server's descriptions differs from the client's interface where it must not.
func compareInterface(described string, i *Interface) []string {
	theirs, err := parseDescriptions(described, "the server")
	if err != nil {
		return []string{err.Error()}
	}
	ours, err := parseDescriptions(i.Description, "the client")
	if err != nil {
		return []string{err.Error()}
	}
	client := find(ours, i.Name)
	if client == nil {
		return []string{fmt.Sprintf("the client's description does not describe %s; generate it anew", i.Name)}
	}
	server := find(theirs, i.Name)
	if server == nil {
		return []string{missingService(theirs, i.Name)}
	}
	c := comparison{server: server, client: client}
	c.run()
	return c.differences
}

func find(list []*description, name string) *description {
	for _, d := range list {
		if d.name == name {
			return d
		}
	}
	return nil
}

func missingService(list []*description, name string) string {
	if len(list) == 0 {
		return fmt.Sprintf("the server has no service %s; it describes none", name)
	}
	var names []string
	for _, d := range list {
		names = append(names, d.name)
	}
	return fmt.Sprintf("the server has no service %s; it has %s", name, strings.Join(names, ", "))
}

type comparison struct {
	server, client *description
	differences    []string
}

func (c *comparison) run() {
	service := "service " + c.client.name
	c.compare(service, service)
	var common []string
	for _, method := range c.client.methods {
		if _, ok := c.server.lines[method]; ok {
			common = append(common, method)
		}
	}
	// Types first: that a method's request grew follows from them. A type that only one side reaches is reached by a line that differs, and is told by it.
	theirs := c.server.reached(common)
	for _, name := range c.client.reached(common).names {
		if theirs.has[name] {
			c.compareAll(name, name)
		}
	}
	for _, method := range common {
		c.compareAll(method, c.title(method))
	}
}

// title is a method as people know it.
func (c *comparison) title(method string) string {
	name, ok := c.client.value(method, "name")
	if !ok {
		return method
	}
	return c.client.name + "." + name
}

// compareAll compares a method, record or enumeration with all that is in it.
func (c *comparison) compareAll(key, title string) {
	c.compare(key, title)
	for _, child := range c.client.children[key] {
		c.compare(child, title+strings.TrimPrefix(child, key))
	}
	for _, child := range c.server.children[key] {
		if _, ours := c.client.lines[child]; !ours {
			c.compare(child, title+strings.TrimPrefix(child, key))
		}
	}
}

// compare compares a line, which either side may lack.
func (c *comparison) compare(key, title string) {
	theirs, inServer := c.server.lines[key]
	ours, inClient := c.client.lines[key]
	switch {
	case inServer != inClient && c.isFreeEnumerator(key):
		return
	case !inServer && inClient:
		c.differ("%s: missing in the server, %s in the client", title, join(ours))
		return
	case inServer && !inClient:
		c.differ("%s: %s in the server, missing in the client", title, join(theirs))
		return
	}
	for _, a := range ours {
		value, ok := c.server.value(key, a.name)
		switch {
		case !ok:
			c.differ("%s: no %s in the server, %s in the client", title, a.name, a.value)
		case value != a.value:
			c.differ("%s: %s %s in the server, %s in the client", title, a.name, value, a.value)
		}
	}
	for _, a := range theirs {
		if _, ok := c.client.value(key, a.name); !ok {
			c.differ("%s: %s %s in the server, none in the client", title, a.name, a.value)
		}
	}
}

// isFreeEnumerator says whether a line that one side lacks is an enumerator that may come and go: its value means nothing to that side, or both know the
// value by another name already.
func (c *comparison) isFreeEnumerator(key string) bool {
	with, without := c.server, c.client
	value, ok := with.value(key, "value")
	if !ok {
		with, without = without, with
		if value, ok = with.value(key, "value"); !ok {
			return false
		}
	}
	free := true
	parent, _, _ := strings.Cut(key, ".")
	for _, other := range without.children[parent] {
		if v, _ := without.value(other, "value"); v != value {
			continue
		}
		if v, _ := with.value(other, "value"); v == value {
			return true
		}
		free = false
	}
	return free
}

func (c *comparison) differ(format string, values ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, values...))
}

func join(list []attribute) string {
	var text []string
	for _, a := range list {
		text = append(text, strings.TrimSpace(a.name+" "+a.value))
	}
	return strings.Join(text, ", ")
}

// reach is the set of types that methods lead to, in the order of their discovery.
type reach struct {
	names []string
	has   map[string]bool
}

func (d *description) reached(methods []string) reach {
	r := reach{has: map[string]bool{}}
	for _, method := range methods {
		r.add(d, method)
	}
	for i := 0; i < len(r.names); i++ {
		r.add(d, r.names[i])
	}
	return r
}

// add adds the types that a line and the lines in it name.
func (r *reach) add(d *description, key string) {
	r.addLine(d, key)
	for _, child := range d.children[key] {
		r.addLine(d, child)
	}
}

func (r *reach) addLine(d *description, key string) {
	for _, a := range d.lines[key] {
		if a.name != "type" && a.name != "errors" {
			continue
		}
		// quote[]? and its like are made of quote.
		name := a.value
		if end := strings.IndexAny(name, "[?"); end >= 0 {
			name = name[:end]
		}
		if name != "" && !r.has[name] {
			r.has[name] = true
			r.names = append(r.names, name)
		}
	}
}
