// Command wazero measures calls of a WebAssembly function that wazero compiles. It speaks bench/servers/windows.hpp; its one case adds two ints.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/field/window"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// module is (module (func (export "add") (param i32 i32) (result i64)
// (i64.add (i64.extend_i32_s (local.get 0)) (i64.extend_i32_s (local.get 1))))), assembled by hand.
var module = []byte{
	0x00, 'a', 's', 'm', 1, 0, 0, 0,
	1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7e, // type: (i32, i32) -> i64
	3, 2, 1, 0, // one function, of that type
	7, 7, 1, 3, 'a', 'd', 'd', 0, 0, // export
	10, 11, 1, 9, 0, 0x20, 0, 0xac, 0x20, 1, 0xac, 0x7c, 0x0b, // its code
}

func main() {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	if window.Lies() {
		module[len(module)-2] = 0x7d // i64.sub
	}
	instance, err := runtime.Instantiate(ctx, module)
	if err != nil {
		window.Fail(err)
	}
	add := instance.ExportedFunction("add")
	stack := make([]uint64, 2)
	window.Main(func(which, count int) (time.Duration, error) {
		if which != 0 {
			return 0, fmt.Errorf("there is no case %d", which)
		}
		begin := time.Now()
		for i := range int32(count) {
			stack[0], stack[1] = api.EncodeI32(i), api.EncodeI32(7)
			if err := add.CallWithStack(ctx, stack); err != nil {
				return 0, err
			}
			if sum := int64(stack[0]); sum != int64(i)+7 {
				return 0, window.Wrong(sum, int64(i)+7)
			}
		}
		return time.Since(begin), nil
	})
}
