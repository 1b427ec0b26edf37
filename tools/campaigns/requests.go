package campaigns

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	ringcall "github.com/ringcall/ringcall/go"
)

const requestsVariable = "CAMPAIGN_REQUESTS"

const requestsUsage = `  --requests F   what to call: a file with a line for each request, "METHOD REQUEST-HEX ANSWER-HEX" or, if the answer is not always the same,
                 "METHOD REQUEST-HEX *"; "-" stands for no bytes, and # begins a comment. The server writes such lines itself: run it once with
                 RINGCALL_REQUESTS=FILE in its environment, under any client
`

// readRequests makes methods of a file of requests.
func readRequests(path string) ([]Method, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	requests := map[uint16][][]byte{}
	answers := map[uint16]map[string][]byte{} // by request; nil: any
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		id, request, answer, err := readRequest(fields)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if answers[id] == nil {
			answers[id] = map[string][]byte{}
		}
		known, again := answers[id][string(request)]
		if again && !bytes.Equal(known, answer) {
			answer = nil // it has had two answers, so it may have any
		}
		if !again {
			requests[id] = append(requests[id], request)
		}
		answers[id][string(request)] = answer
	}
	var methods []Method
	for _, id := range slices.Sorted(maps.Keys(requests)) {
		methods = append(methods, recordedMethod(id, requests[id], answers[id]))
	}
	if len(methods) == 0 {
		return nil, fmt.Errorf("%s: there is no request in it", path)
	}
	return methods, lines.Err()
}

func readRequest(fields []string) (id uint16, request, answer []byte, err error) {
	if len(fields) != 3 {
		return 0, nil, nil, fmt.Errorf("expected METHOD REQUEST ANSWER, found %d words", len(fields))
	}
	number, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("expected a method's number from 0 to 65535, found %q", fields[0])
	}
	bytesOf := func(text string) []byte {
		if text == "-" {
			return []byte{}
		}
		b, e := hex.DecodeString(text)
		if e != nil {
			err = fmt.Errorf("expected hexadecimal digits, found %q", text)
		}
		return b
	}
	request = bytesOf(fields[1])
	if fields[2] != "*" {
		answer = bytesOf(fields[2])
	}
	return uint16(number), request, answer, err
}

func recordedMethod(id uint16, requests [][]byte, answers map[string][]byte) Method {
	return Method{
		ID: id, Name: "method " + strconv.Itoa(int(id)), Weight: 1,
		Request: func(r *rand.Rand) []byte { return requests[r.IntN(len(requests))] },
		Check: func(request, answer []byte, failed *ringcall.HandlerError) error {
			expected := answers[string(request)]
			if failed != nil || expected == nil || bytes.Equal(answer, expected) {
				return nil
			}
			return fmt.Errorf("expected the answer %x, found %x", expected, answer)
		},
	}
}
