package main

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
)

type schemasCmd struct {
	Type string `arg:"" optional:"" help:"An event's type, such as evenkeel.tenant.v1 or tenant; none: list the types."`
}

// Help is the long help.
func (*schemasCmd) Help() string {
	return `Inventory, lifecycle and payments are told as CloudEvents 1.0. Each type's data has a JSON Schema (2020-12).

Examples:
  evenkeel schemas
  evenkeel schemas tenant
  evenkeel schemas evenkeel.tenant.v1`
}

// Run prints.
func (c *schemasCmd) Run(p *process) error {
	schemas := cloudevent.Schemas()
	files, err := fs.Glob(schemas, "*.json")
	if err != nil {
		return err
	}
	types, names := make([]string, len(files)), make([]string, len(files))
	for i, file := range files {
		types[i] = strings.TrimSuffix(file, ".json")
		names[i] = shortType(types[i])
		switch c.Type {
		case "":
			fmt.Fprintln(p.stdout, types[i])
		case types[i], names[i]:
			data, err := fs.ReadFile(schemas, file)
			if err == nil {
				_, err = p.stdout.Write(data)
			}
			return err
		}
	}
	if c.Type == "" {
		return nil
	}
	e := &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("schema %s: not found; there are %s", c.Type, strings.Join(types, ", ")),
	}
	if near := strict.Nearest(c.Type, append(types, names...)); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}

// shortType is an event's type without who made it and its version: "tenant".
func shortType(s string) string {
	s = strings.TrimPrefix(s, "evenkeel.")
	if i := strings.LastIndex(s, ".v"); i > 0 {
		s = s[:i]
	}
	return s
}
