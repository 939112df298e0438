package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Limits of a file.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 32      // lists and mappings inside one another
)

// Decode reads the single document in data into the struct that into points to. Keys that the document
// does not have leave their fields as they are, so defaults are set before. The name stands in errors.
// Errors are of type Errors; after one, into is partly filled and should be thrown away.
func Decode(name string, data []byte, into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("read %s: the target is %T, expected a pointer to a struct", name, into)
	}
	r, docs := load(name, data)
	for i, doc := range docs {
		if i > 0 {
			r.fail(doc, "a second document begins here", "this file holds one document")
			break
		}
		r.fill(doc, target.Elem(), 0)
	}
	return r.result()
}

// DecodeAll reads all documents of data, which --- lines separate; at least one. Errors are as for
// Decode, for all documents together; then no document is returned.
func DecodeAll[T any](name string, data []byte) ([]T, error) {
	r, docs := load(name, data)
	out := make([]T, len(docs))
	for i, doc := range docs {
		r.fill(doc, reflect.ValueOf(&out[i]).Elem(), 0)
	}
	if err := r.result(); err != nil {
		return nil, err
	}
	return out, nil
}

// reading is one file being read: its lines, for positions, and the faults so far.
type reading struct {
	file  string
	lines [][]rune
	errs  Errors
}

func (r *reading) at(line, column int, message, hint string) {
	if len(r.errs) < mostErrors {
		r.errs = append(r.errs, &Error{r.file, max(line, 1), max(column, 1), message, hint})
	}
}

func (r *reading) fail(n *yaml.Node, message, hint string) { r.at(n.Line, n.Column, message, hint) }

func (r *reading) result() error {
	if len(r.errs) == 0 {
		return nil
	}
	return r.errs
}

// load parses the file and refuses what no document may hold. The nodes are the documents' contents.
func load(name string, data []byte) (*reading, []*yaml.Node) {
	r := &reading{file: name}
	if len(data) > MaxSize {
		r.at(1, 1, fmt.Sprintf("the file has %d bytes, the limit is %d", len(data), MaxSize), "")
		return r, nil
	}
	r.lines = splitLines(data)
	if !r.readable(data) {
		return r, nil
	}
	// Our own messages for a key that is there twice need the tree as written.
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithUniqueKeys(false))
	if err != nil {
		r.at(1, 1, err.Error(), "")
		return r, nil
	}
	var docs []*yaml.Node
	for {
		var doc yaml.Node
		err := loader.Load(&doc)
		if err == io.EOF {
			break
		}
		if err != nil {
			r.syntax(err)
			return r, nil
		}
		docs = append(docs, r.content(&doc))
	}
	if n := len(docs); n > 1 && docs[n-1].Tag == "!!null" && docs[n-1].Value == "" {
		docs = docs[:n-1] // programs that write several write --- after the last one too
	}
	if len(docs) == 0 {
		r.at(1, 1, "the file holds no document", "")
	}
	for _, doc := range docs {
		r.refuse(doc, 1)
	}
	if len(r.errs) > 0 {
		return r, nil
	}
	return r, docs
}

// content is the one node of a document.
func (r *reading) content(doc *yaml.Node) *yaml.Node {
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		return doc.Content[0]
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: doc.Line, Column: doc.Column}
}

// readable checks that the bytes are text.
func (r *reading) readable(data []byte) bool {
	if !utf8.Valid(data) {
		r.at(1, 1, "the file is not UTF-8", "")
		return false
	}
	for i, line := range r.lines {
		for j, c := range line {
			if c < ' ' && c != '\t' || c == 0x7f {
				r.at(i+1, j+1, fmt.Sprintf("a control character (%#02x)", c), "remove it")
				return false
			}
		}
	}
	return true
}

// syntax reports what the parser could not read.
func (r *reading) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		r.at(1, 1, err.Error(), "")
		return
	}
	hint := e.ContextMsg
	if hint != "" && e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
		hint = fmt.Sprintf("%s that begins on line %d", hint, e.ContextMark.Line)
	}
	if line := e.Mark.Line; line > 0 && line <= len(r.lines) && bytes.HasPrefix([]byte(string(r.lines[line-1])), []byte("\t")) {
		hint = "indent with spaces, not tabs"
	}
	r.at(e.Mark.Line, e.Mark.Column, e.Message, hint)
}

// refuse reports the parts of YAML that make a document mean something else than it shows.
func (r *reading) refuse(n *yaml.Node, depth int) {
	switch {
	case depth > MaxDepth:
		r.fail(n, fmt.Sprintf("lists and mappings are more than %d deep", MaxDepth), "")
		return
	case n.Kind == yaml.AliasNode:
		r.fail(n, fmt.Sprintf("the alias *%s", shorten(n.Value)), "write the value out; aliases are not read here")
		return
	case n.Anchor != "":
		r.fail(n, fmt.Sprintf("the anchor &%s", shorten(n.Anchor)), "remove it; anchors are not read here")
	case n.Style&yaml.TaggedStyle != 0:
		r.fail(n, "the tag "+shorten(n.Tag), "remove it; tags are not read here")
	case n.Tag == "!!merge":
		r.fail(n, "the merge key <<", "write the keys out; merge keys are not read here")
	}
	for _, c := range n.Content {
		r.refuse(c, depth+1)
	}
}

// shorten cuts what others wrote to the length of a message.
func shorten(s string) string {
	const most = 40
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
