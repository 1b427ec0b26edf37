package main

// span is a piece of a chunk's data. Laid out as plain_span in plain.h.
type span struct {
	offset, size uint32
}

// wordSizeMax is where a longer word is cut, so that every word fits the arena.
const wordSizeMax = 64 << 10

var isWordByte = func() (is [256]bool) {
	for b := range is {
		is[b] = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_'
	}
	return is
}()

// findWords appends the words of data[from:]: the longest runs of ASCII letters, digits and underscores, cut at wordSizeMax. A word that
// reaches the end of data is complete only if last; otherwise its start is returned as rest, to be continued. Without such a word rest
// is len(data).
func findWords(into []span, data []byte, from int, last bool) (found []span, rest int) {
	found = into
	for at := from; at < len(data); at++ {
		if !isWordByte[data[at]] {
			continue
		}
		start := at
		for at < len(data) && at-start < wordSizeMax && isWordByte[data[at]] {
			at++
		}
		if at == len(data) && at-start < wordSizeMax && !last {
			return found, start
		}
		found = append(found, span{uint32(start), uint32(at - start)})
		at-- // the loop steps over it; a cut word's next byte begins another
	}
	return found, len(data)
}
