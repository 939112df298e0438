package actevent

import (
	"embed"
	"io/fs"
)

//go:embed schema/*.json
var schemas embed.FS

// Schemas returns the JSON Schemas (2020-12) of the data of each type, one file per type
// such as evenkeel.flag.v1.json. What depends on two times (a flag ends after it begins, and
// within a year) they cannot say.
func Schemas() fs.FS {
	sub, err := fs.Sub(schemas, "schema")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}
