module github.com/ringcall/ringcall/tools/count-tests

go 1.23.0
