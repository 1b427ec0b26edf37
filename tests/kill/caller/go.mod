module github.com/ringcall/ringcall/tests/kill/caller

go 1.23.0

require github.com/ringcall/ringcall/go v0.0.0

replace github.com/ringcall/ringcall/go => ../../../go
