package story

import (
	"embed"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

//go:embed builtin/*.txtar
var builtinFiles embed.FS

// Names returns the names of the stories that come with the program, in order.
func Names() []string {
	entries, err := builtinFiles.ReadDir("builtin")
	if err != nil {
		return nil // the folder is part of the program
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".txtar"))
	}
	slices.Sort(out)
	return out
}

// Text returns the text of a story that comes with the program. The name may end in .txtar.
func Text(name string) ([]byte, error) {
	name = strings.TrimSuffix(name, ".txtar")
	data, err := builtinFiles.ReadFile("builtin/" + name + ".txtar")
	if err == nil {
		return data, nil
	}
	e := &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: "no story " + name + " comes with the program",
		Hint: "evenkeel rehearse --list names them",
	}
	if near := strict.Nearest(name, Names()); near != "" {
		e.Says += "; did you mean " + near + "?"
	}
	return nil, e
}
