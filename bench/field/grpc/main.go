// Command grpc measures unary gRPC calls over a Unix socket: this process calls, a child of it answers.
//
//	ringcall-bench-grpc CORE_NEAR CORE_FAR      speaks bench/servers/windows.hpp
//	ringcall-bench-grpc serve PATH              the child
//
// Case 0 adds two ints; cases 1 to 5 echo 64, 256, 4096, 65536 and 1048576 bytes.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ringcall/ringcall/bench/field/window"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const addPath, echoPath = "/ringcall.Bench/Add", "/ringcall.Bench/Echo"

var payloads = []int{64, 256, 4 << 10, 64 << 10, 1 << 20}

func main() {
	if len(os.Args) != 3 {
		window.Fail(fmt.Errorf("usage: ringcall-bench-grpc CORE_NEAR CORE_FAR"))
	}
	run := call
	if os.Args[1] == "serve" {
		run = serve
	}
	if err := run(); err != nil {
		window.Fail(err)
	}
}

func call() error {
	far, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "ringcall-bench-grpc-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	path := filepath.Join(directory, "socket")
	program, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(program, "serve", path)
	child.Stderr = os.Stderr
	// It ends when its standard input does.
	leash, err := child.StdinPipe()
	if err != nil {
		return err
	}
	if err := window.StartOn(far, child); err != nil {
		return err
	}
	defer func() {
		leash.Close()
		child.Wait()
	}()
	connection, err := grpc.NewClient("unix:"+path, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.Invoke(context.Background(), addPath, packed(1, 2), new(wrapperspb.Int64Value), grpc.WaitForReady(true)); err != nil {
		return err
	}
	return window.Serve(os.Stdin, os.Stdout, []int{child.Process.Pid}, func(which, count int) (time.Duration, error) {
		switch {
		case which == 0:
			return additions(connection, count)
		case which <= len(payloads):
			return echoes(connection, payloads[which-1], count)
		default:
			return 0, fmt.Errorf("there is no case %d", which)
		}
	})
}

// packed is a request of two ints. One message type of protobuf's own serves, so that no generator is needed.
func packed(a, b int32) *wrapperspb.UInt64Value {
	return wrapperspb.UInt64(uint64(uint32(a))<<32 | uint64(uint32(b)))
}

func additions(connection *grpc.ClientConn, count int) (time.Duration, error) {
	ctx := context.Background()
	begin := time.Now()
	for i := range int32(count) {
		sum := new(wrapperspb.Int64Value)
		if err := connection.Invoke(ctx, addPath, packed(i, 7), sum); err != nil {
			return 0, err
		}
		if want := int64(i) + 7; sum.Value != want {
			return 0, window.Wrong(sum.Value, want)
		}
	}
	return time.Since(begin), nil
}

func echoes(connection *grpc.ClientConn, size, count int) (time.Duration, error) {
	ctx := context.Background()
	message := bytes.Repeat([]byte("ringcall"), size/8)
	begin := time.Now()
	for i := range count {
		binary.NativeEndian.PutUint64(message, uint64(i))
		answer := new(wrapperspb.BytesValue)
		if err := connection.Invoke(ctx, echoPath, wrapperspb.Bytes(message), answer); err != nil {
			return 0, err
		}
		if !bytes.Equal(answer.Value, message) {
			return 0, window.Wrong("other bytes", "those sent")
		}
	}
	return time.Since(begin), nil
}

func serve() error {
	listener, err := net.Listen("unix", os.Args[2])
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "ringcall.Bench",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Add", Handler: add}, {MethodName: "Echo", Handler: echo}},
	}, nil)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	return server.Serve(listener)
}

// The handlers have the form that protoc-gen-go-grpc gives them, less the interceptors that nobody installed.
func add(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	request := new(wrapperspb.UInt64Value)
	if err := decode(request); err != nil {
		return nil, err
	}
	sum := int64(int32(request.Value>>32)) + int64(int32(request.Value))
	if window.Lies() {
		sum++
	}
	return wrapperspb.Int64(sum), nil
}

func echo(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	request := new(wrapperspb.BytesValue)
	if err := decode(request); err != nil {
		return nil, err
	}
	if window.Lies() {
		request.Value[len(request.Value)-1] ^= 1
	}
	return request, nil
}
