// Package interop tests the Go client against a real C++ server in a process of its own: the ringcall-test-server whose path is in the
// environment variable RINGCALL_TEST_SERVER. Without it every test skips. It has nothing to import.
package interop
