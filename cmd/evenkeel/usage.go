package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/evenkeel/evenkeel"
)

// explain prints the help of a command. Its first line has flags of which one is needed as such:
// kong writes them as if all were.
func explain(options kong.HelpOptions, ctx *kong.Context) error {
	out := ctx.Stdout
	defer func() { ctx.Stdout = out }()
	var page bytes.Buffer
	ctx.Stdout = &page
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	text := page.String()
	if at := ctx.Selected(); at != nil {
		usage, rest, _ := strings.Cut(text, "\n")
		text = oneOf(usage, at) + "\n" + rest
	}
	_, err := out.Write([]byte(text))
	return err
}

// oneOf writes flags that stand for one another as (--a=A | --b=B).
func oneOf(usage string, of *kong.Node) string {
	var groups []string
	flags := map[string][]string{}
	for _, f := range slices.Concat(of.AllFlags(true)...) {
		for _, g := range f.Xor {
			if f.Required {
				if flags[g] == nil {
					groups = append(groups, g)
				}
				flags[g] = append(flags[g], f.Summary())
			}
		}
	}
	for _, g := range groups {
		usage = strings.Replace(usage, strings.Join(flags[g], " "), "("+strings.Join(flags[g], " | ")+")", 1)
	}
	return usage
}

// once refuses a flag that is given again and counts once: the last would win, and who wrote both
// would not see which.
func once(command *kong.Context) error {
	given := map[*kong.Flag]bool{}
	for _, p := range command.Path {
		f := p.Flag
		if f == nil || p.Resolved || f.IsCumulative() || f.IsCounter() {
			continue
		}
		if given[f] {
			return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("--%s is given more than once; expected it once", f.Name), Hint: explained(command)}
		}
		given[f] = true
	}
	return nil
}
