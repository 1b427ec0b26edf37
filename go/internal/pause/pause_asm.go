//go:build amd64 || arm64

package pause

//go:noescape
func relax()
