module github.com/ringcall/ringcall/bench

go 1.23.0

require (
	github.com/HdrHistogram/hdrhistogram-go v1.2.0
	github.com/ringcall/ringcall/go v0.0.0
)

require (
	golang.org/x/image v0.29.0
	golang.org/x/text v0.27.0 // indirect
)

replace github.com/ringcall/ringcall/go => ../go
