module github.com/ringcall/ringcall/go

go 1.23.0
