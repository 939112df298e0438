package main

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
)

type schemasCmd struct {
	Type string `arg:"" optional:"" help:"An event's type, such as evenkeel.tenant.v1 or tenant; none: list the types."`
}

// Help is the long help.
func (*schemasCmd) Help() string {
	return `Inventory, lifecycle, payments and what people do are told as CloudEvents 1.0. Each type's data has a JSON Schema
(2020-12).

Examples:
  evenkeel schemas
  evenkeel schemas tenant
  evenkeel schemas flag
  evenkeel schemas evenkeel.tenant.v1`
}

// Run prints.
func (c *schemasCmd) Run(p *process) error {
	all, err := readSchemas(cloudevent.Schemas(), actevent.Schemas())
	if err != nil {
		return err
	}
	types := slices.Sorted(maps.Keys(all))
	names := make([]string, len(types))
	for i, name := range types {
		names[i] = shortType(name)
		switch c.Type {
		case "":
			fmt.Fprintln(p.stdout, name)
		case name, names[i]:
			_, err = p.stdout.Write(all[name])
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

// readSchemas returns the schemas of folders by their types.
func readSchemas(folders ...fs.FS) (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, folder := range folders {
		files, err := fs.Glob(folder, "*.json")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if all[strings.TrimSuffix(file, ".json")], err = fs.ReadFile(folder, file); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// shortType is an event's type without who made it and its version: "tenant".
func shortType(s string) string {
	s = strings.TrimPrefix(s, "evenkeel.")
	if i := strings.LastIndex(s, ".v"); i > 0 {
		s = s[:i]
	}
	return s
}
