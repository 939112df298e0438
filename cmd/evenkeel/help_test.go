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

// TestUsageSaysOfWhichFlagsOneIsNeeded: they are in brackets with a stroke between, wherever.
func TestUsageSaysOfWhichFlagsOneIsNeeded(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Name("evenkeel"), vars())
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		p, stdout, _ := inMemory(nil)
		run(t.Context(), p, append(strings.Fields(leaf.Path()), "--help"))
		usage, _, _ := strings.Cut(stdout.String(), "\n")
		groups := map[string]int{}
		for _, group := range leaf.AllFlags(true) {
			for _, f := range group {
				for _, g := range f.Xor {
					if f.Required {
						groups[g]++
					}
				}
			}
		}
		if strings.Count(usage, "(--") != len(groups) || strings.Count(usage, " | --") < len(groups) {
			t.Errorf("%s; expected %d groups of which one flag is needed", usage, len(groups))
		}
	}
	p, stdout, _ := inMemory(nil)
	run(t.Context(), p, []string{"flag", "grant", "--help"})
	if want := "Usage: evenkeel flag grant --by=PERSON (--case=ID | --tenant=ID) <reason> [flags]\n"; !strings.HasPrefix(stdout.String(), want) {
		t.Errorf("it prints %s; expected %s", stdout, want)
	}
}
