// Package calls tests what the generator makes: each folder beside it that holds a header of its own name is a golden, with what is wanted of that header in
// C++ and in Go. The tests regenerate that and compare, and call the C++ handlers in handlers through the generated Go.
package calls
