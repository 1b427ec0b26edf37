package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// file is one regular file of the tree; path is relative to its root.
type file struct {
	path string
	size int64
}

// tree is what a job works on: at least one file, at least one byte.
type tree struct {
	root  string
	files []file
	bytes int64
}

// findFiles lists the regular files below dir, in lexical order, and sees that each may be read before any work begins. dir may be a
// symbolic link; links below it are not followed. Files that hold nothing are listed too.
func findFiles(dir string) (tree, error) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return tree{}, plainError(err, dir)
	}
	if info, err := os.Stat(root); err != nil {
		return tree{}, plainError(err, dir)
	} else if !info.IsDir() {
		return tree{}, fmt.Errorf("%s is not a directory; the demo takes a directory tree", dir)
	}
	found := tree{root: root}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return plainError(err, path)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return plainError(err, path)
		}
		if err := syscall.Access(path, 4 /* R_OK */); err != nil {
			return plainError(err, path)
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		found.files = append(found.files, file{relative, info.Size()})
		found.bytes += info.Size()
		return nil
	})
	if err != nil {
		return tree{}, err
	}
	if found.bytes == 0 {
		return tree{}, fmt.Errorf("%s holds no regular file with anything in it (%d empty ones); the demo needs data", dir, len(found.files))
	}
	return found, nil
}

func plainError(err error, path string) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be read by this user (permission denied); nothing was done: give the right to read it, or another directory", path)
	}
	return err
}
