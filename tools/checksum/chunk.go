package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
)

const (
	blockSize = 4 << 10
	chunkSize = 2 << 20 // about what a second-level cache holds, so that all modes work on data that is equally near
)

// piece is the part of one file that a chunk holds, from the chunk's byte start on.
type piece struct {
	path   string
	offset int64 // in the file, of data[start]
	start  int
}

// chunk is what all modes work on in turn.
type chunk struct {
	data   []byte
	pieces []piece
	words  []span
	blocks []span
	files  int // that end in it
	bytes  int64
}

// where names the file and the offset in it of data[at].
func (c *chunk) where(at uint32) (path string, offset int64) {
	i := c.pieceAt(at)
	return c.pieces[i].path, c.pieces[i].offset + int64(int(at)-c.pieces[i].start)
}

// filesWith is how many files are done with the first count of spans: all that end in the chunk, or those whose last piece is before the span
// that comes next.
func (c *chunk) filesWith(spans []span, count int) int {
	if count == len(spans) {
		return c.files
	}
	return c.pieceAt(spans[count].offset)
}

func (c *chunk) pieceAt(at uint32) int {
	return sort.Search(len(c.pieces), func(i int) bool { return c.pieces[i].start > int(at) }) - 1
}

// reader cuts a tree's files into chunks. A block never spans two chunks; a word that would is carried over whole.
type reader struct {
	tree  tree
	next  int // file
	file  *os.File
	at    int64 // in file
	carry []byte
	chunk chunk
}

// read returns the next chunk, nil at the end. It is valid until the next read.
func (r *reader) read() (*chunk, error) {
	c := &r.chunk
	if c.data == nil {
		c.data = make([]byte, 0, chunkSize+wordSizeMax+blockSize)
	}
	*c = chunk{data: c.data[:0], pieces: c.pieces[:0], words: c.words[:0], blocks: c.blocks[:0]}
	for len(c.data) <= chunkSize-blockSize && (r.file != nil || r.next < len(r.tree.files)) {
		if err := r.readPiece(); err != nil {
			return nil, err
		}
	}
	if len(c.pieces) == 0 {
		return nil, nil
	}
	return c, nil
}

func (r *reader) readPiece() error {
	c := &r.chunk
	path := r.tree.files[r.next].path
	if r.file == nil {
		file, err := os.Open(filepath.Join(r.tree.root, path))
		if err != nil {
			return plainError(err, filepath.Join(r.tree.root, path))
		}
		r.file, r.at = file, 0
	}
	start := len(c.data)
	c.pieces = append(c.pieces, piece{path, r.at - int64(len(r.carry)), start})
	c.data = append(c.data, r.carry...)
	from := len(c.data)
	room := max(chunkSize-from, blockSize) / blockSize * blockSize
	n, err := io.ReadFull(r.file, c.data[from:from+room])
	last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !last {
		return fmt.Errorf("read %s at %d: %w", path, r.at, err)
	}
	c.data = c.data[:from+n]
	for at := from; at < len(c.data); at += blockSize {
		c.blocks = append(c.blocks, span{uint32(at), uint32(min(blockSize, len(c.data)-at))})
	}
	var rest int
	c.words, rest = findWords(c.words, c.data, start, last)
	r.carry = append(r.carry[:0], c.data[rest:]...)
	r.at += int64(n)
	c.bytes += int64(n)
	if last {
		r.file.Close()
		r.file = nil
		r.next++
		c.files++
	}
	return nil
}

func (r *reader) close() {
	if r.file != nil {
		r.file.Close()
	}
}
