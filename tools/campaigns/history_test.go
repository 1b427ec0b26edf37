package campaigns

import "testing"

func TestHistory(t *testing.T) {
	t.Run("the key is the one that the server makes", func(t *testing.T) {
		var request []byte
		for i := range 20 {
			request = append(request, byte(i))
		}
		const expected = 0x3bddef8a3cd3b3e9 // tests/unit/history_test.cpp has the same
		if key := keyOf(7, request); key != expected {
			t.Errorf("expected %#x, found %#x", uint64(expected), key)
		}
	})
}
