package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestEveryCommandTeachesWithAnExample holds each help to a line that can be typed.
func TestEveryCommandTeachesWithAnExample(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Name("evenkeel"), vars())
	if err != nil {
		t.Fatal(err)
	}
	leaves := parser.Model.Leaves(true)
	if len(leaves) < 25 {
		t.Fatalf("there are %d commands", len(leaves))
	}
	for _, leaf := range leaves {
		command := strings.TrimSuffix(leaf.FullPath(), " ")
		if !strings.Contains(leaf.Detail, "Example") || !strings.Contains(leaf.Detail, command+"\n") && !strings.Contains(leaf.Detail, command+" ") && !strings.HasSuffix(leaf.Detail, command) {
			t.Errorf("%s: no example in its help:\n%s", command, leaf.Detail)
		}
	}
}

func TestTheHelpOfRolesSaysWhichHaveToBeThere(t *testing.T) {
	p, stdout, _ := inMemory(nil)
	run(t.Context(), p, []string{"serve", "--help"})
	if says := strings.Join(strings.Fields(stdout.String()), " "); !strings.Contains(says, "watch and judge, which have to be there") {
		t.Errorf("it prints %s", stdout)
	}
}
