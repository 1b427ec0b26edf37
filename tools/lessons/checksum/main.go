// checksum: of a file by its path and by its content, as text that C++ returns and nobody has to release. Run it: tools/lesson checksum
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
)

//go:generate ringcall-gen checksum.hpp -I ../../../include --go checksum.ringcall.go --package main

func main() {
	if len(os.Args) != 2 {
		log.Fatal("expected the server's path and nothing else; tools/lesson checksum knows it")
	}
	ctx := context.Background()
	checksums, err := StartChecksums(ctx, exec.Command(os.Args[1]))
	if err != nil {
		log.Fatal(err)
	}
	self, err := os.Executable() // a file as good as any
	if err == nil {
		err = lesson(ctx, checksums, self, os.Stdout)
	}
	if err := errors.Join(err, checksums.Close()); err != nil {
		log.Fatal(err)
	}
}

// lesson sums one file: path must be absolute, for the server may have another working directory.
func lesson(ctx context.Context, checksums Checksums, path string, out io.Writer) error {
	ofFile, err := checksums.OfFile(ctx, path)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	ofContent, err := checksums.OfContent(ctx, content)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s by its path, %s by its content of %d bytes\n", path, ofFile, ofContent, len(content))

	_, err = checksums.OfFile(ctx, "/no/such/file")
	if !errors.Is(err, FileErrorCannotOpen) {
		return fmt.Errorf("a file that is not there: expected %v, found %v", FileErrorCannotOpen, err)
	}
	_, err = fmt.Fprintln(out, "a file that is not there:", err)
	return err
}
