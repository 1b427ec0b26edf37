//go:build !cgo

package main

// cgoModes is empty: this program was built without cgo.
func cgoModes() []mode { return nil }
