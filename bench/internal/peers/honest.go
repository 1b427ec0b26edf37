//go:build !lying

package peers

const cgoLies = false
