// Package strict reads YAML documents in which nothing is guessed.
//
// # In and out
//
// In: a file's name and bytes, and a Go struct with yaml tags to fill (Decode, one document;
// DecodeAll, several). Out: the filled struct, or Errors: every fault of the file (at most 20), each
// with file, line, column, what is wrong and what to write instead. Texts that hold a language of
// their own are read into a Text, which maps a position inside the text to one in the file; other
// values keep theirs in a Located.
//
// # Reading order
//
// decode.go (the two functions, limits, what is refused before any value is read), fill.go (structs,
// lists and maps), scalar.go (single values), text.go and layout.go (positions), nearest.go ("did you
// mean"), errors.go.
//
// # What must always hold
//
// An unknown key, a key that is there twice, a value of the wrong kind, a key without a value, an
// empty document, an anchor, an alias, a merge key and a tag are errors; a document is never read in
// part. A plain 5 is a number and never a text, yes is a text and never true. Work and memory are
// bounded by the size of the file, which is bounded. Fields are filled by their yaml tag; the options
// are required (the key must be there) and inline (the fields of a struct stand beside the others).
//
// # What is not here
//
// No files are opened, nothing is written as YAML, no defaults are set (fill the struct before
// decoding), and no value is judged: whether a weight may be negative is for the reader of the struct.
package strict
