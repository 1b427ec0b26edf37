//go:build lying

package peers

// cgoLies is on in a build whose C++ answers wrongly, for the tests.
const cgoLies = true
