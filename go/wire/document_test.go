package wire

import (
	"math/rand/v2"
	"unsafe"
)

// document has one of each kind of value. Its functions are what a generator would write.
type document struct {
	number  uint32
	title   string
	data    []byte
	pairs   []pair
	names   []string
	pages   [][]string
	people  []person
	comment *string
	limit   *float64
	corner  pair
	final   bool
}

type pair struct {
	A int32
	B int64
}

type person struct {
	age  int16
	name string
	rate *float32
}

// The head: number 0, title 4, data 12, pairs 20, names 28, pages 36, people 44, comment {52, 56}, limit {64, 72}, corner 80, final 96; 104 bytes.
// A person's: age 0, name 4, rate {12, 16}; 20 bytes.
const (
	documentHead = 104
	personHead   = 20
)

func (d *document) size() int {
	n := documentHead + Pad(len(d.title)) + Pad(len(d.data)) + Pad(16*len(d.pairs)) + textsSize(d.names)
	n += Pad(8 * len(d.pages))
	for _, page := range d.pages {
		n += textsSize(page)
	}
	n += Pad(personHead * len(d.people))
	for _, p := range d.people {
		n += Pad(len(p.name))
	}
	if d.comment != nil {
		n += Pad(len(*d.comment))
	}
	return n
}

func textsSize(texts []string) int {
	n := Pad(8 * len(texts))
	for _, s := range texts {
		n += Pad(len(s))
	}
	return n
}

func (d *document) write(b []byte) {
	w := NewWriter(b, documentHead)
	w.PutU32(0, d.number)
	w.PutText(4, d.title)
	w.PutBytes(12, d.data)
	PutRecords(&w, 20, d.pairs)
	writeTexts(&w, 28, d.names)
	first, mark := w.BeginSequence(36, len(d.pages), 8)
	for i, page := range d.pages {
		writeTexts(&w, first+i*8, page)
	}
	w.EndSequence(36, mark)
	first, mark = w.BeginSequence(44, len(d.people), personHead)
	for i, p := range d.people {
		at := first + i*personHead
		w.PutI16(at, p.age)
		w.PutText(at+4, p.name)
		if p.rate != nil {
			w.PutBool(at+12, true)
			w.PutF32(at+16, *p.rate)
		}
	}
	w.EndSequence(44, mark)
	if d.comment != nil {
		w.PutBool(52, true)
		w.PutText(56, *d.comment)
	}
	if d.limit != nil {
		w.PutBool(64, true)
		w.PutF64(72, *d.limit)
	}
	PutRecord(&w, 80, &d.corner)
	w.PutBool(96, d.final)
}

func writeTexts(w *Writer, at int, texts []string) {
	first, mark := w.BeginSequence(at, len(texts), 8)
	for i, s := range texts {
		w.PutText(first+i*8, s)
	}
	w.EndSequence(at, mark)
}

// readDocument also returns how many bytes it allocated.
func readDocument(b []byte) (d document, allocated int, err error) {
	r := NewReader(b, documentHead)
	d.number = r.U32(0)
	d.title = r.Text(4)
	d.data = r.Bytes(12)
	d.pairs = Records[pair](&r, 20)
	d.names = readTexts(&r, 28, &allocated)
	first, count, scope := r.BeginSequence(36, 8)
	d.pages = makeSlice[[]string](count, &allocated)
	for i := range d.pages {
		d.pages[i] = readTexts(&r, first+i*8, &allocated)
	}
	r.EndSequence(scope)
	first, count, scope = r.BeginSequence(44, personHead)
	d.people = makeSlice[person](count, &allocated)
	for i := range d.people {
		at := first + i*personHead
		d.people[i].age = r.I16(at)
		d.people[i].name = r.Text(at + 4)
		if r.Bool(at + 12) {
			v := r.F32(at + 16)
			d.people[i].rate = &v
			allocated += 4
		}
	}
	r.EndSequence(scope)
	if r.Bool(52) {
		v := r.Text(56)
		d.comment = &v
	}
	if r.Bool(64) {
		v := r.F64(72)
		d.limit = &v
	}
	Record(&r, 80, &d.corner)
	d.final = r.Bool(96)
	return d, allocated, r.Done()
}

func readTexts(r *Reader, at int, allocated *int) []string {
	first, count, scope := r.BeginSequence(at, 8)
	texts := makeSlice[string](count, allocated)
	for i := range texts {
		texts[i] = r.Text(first + i*8)
	}
	r.EndSequence(scope)
	return texts
}

func makeSlice[T any](count int, allocated *int) []T {
	var zero T
	*allocated += count * int(unsafe.Sizeof(zero))
	if count == 0 {
		return nil
	}
	return make([]T, count)
}

// aligned returns n zero bytes, aligned to 8.
func aligned(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)[:n]
}

func (d *document) frame() []byte {
	b := aligned(d.size())
	d.write(b)
	return b
}

func randomDocument(random *rand.Rand) document {
	text := func() string {
		b := make([]byte, random.IntN(20))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return string(b)
	}
	texts := func() (list []string) {
		for range random.IntN(4) {
			list = append(list, text())
		}
		return list
	}
	d := document{number: random.Uint32(), title: text(), names: texts(), corner: pair{-1, 1 << 60}, final: random.IntN(2) == 1}
	if s := text(); s != "" {
		d.data = []byte(s)
	}
	for range random.IntN(4) {
		d.pairs = append(d.pairs, pair{random.Int32(), random.Int64()})
	}
	for range random.IntN(4) {
		d.pages = append(d.pages, texts())
	}
	for range random.IntN(4) {
		p := person{age: int16(random.Uint32()), name: text()}
		if random.IntN(2) == 1 {
			v := random.Float32()
			p.rate = &v
		}
		d.people = append(d.people, p)
	}
	if random.IntN(2) == 1 {
		v := text()
		d.comment = &v
	}
	if random.IntN(2) == 1 {
		v := random.Float64()
		d.limit = &v
	}
	return d
}
