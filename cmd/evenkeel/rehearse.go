package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/story"
)

type rehearseCmd struct {
	List    bool     `help:"List the stories that come with the program, with the rows that each is about."`
	Row     []string `placeholder:"ROW" help:"Only stories about a row, such as R5 of what is demanded, F8 of docs/failures.md, or D of what must always hold. May be given again: then about any of them."`
	Rules   []string `sep:"none" placeholder:"DIR" help:"Rules to use instead of those that come with the program: a directory or a file."`
	Policy  []string `sep:"none" placeholder:"FILE" help:"Policy to decide by, where a story brings none, instead of the one that comes with the program: a file, or a name of evenkeel policy list. One that is written to be in shadow is watched beside the one in force. May be given again."`
	Then    bool     `help:"In two columns: what a story says that happened then, and beside it what happens with Evenkeel; shortened as in the demonstration."`
	Stories []string `arg:"" optional:"" name:"story" help:"Names of stories that come with the program, or files; none: all that come with the program."`
}

// Help is the long help.
func (*rehearseCmd) Help() string {
	return `A story is a text file that says what machines, tenants and people do, and what is to come of it
(docs/stories.md). Each is played, from its records to what is found and decided; nothing is enforced and nobody is
told. Its transcript is printed, and compared with the one that it wants; where one differs, the difference is printed
and the exit code is 1. A story without a wanted transcript is only played.

Examples:
  evenkeel rehearse --list
  evenkeel rehearse --row F8                                  what stands against waiting twelve hours for a person
  evenkeel rehearse miner
  evenkeel rehearse --rules ./rules my-story.txtar
  evenkeel rehearse --then raisup-whole                       29 to 31 May 2019, beside what happens here
  evenkeel rehearse --policy raisup-2019 raisup-first-lock    what that policy, in shadow, would have done`
}

// Run rehearses.
func (c *rehearseCmd) Run(ctx context.Context, p *process) error {
	names, err := c.names()
	if err != nil {
		return err
	}
	if c.List {
		return listStories(p, names)
	}
	parts, err := c.parts()
	if err != nil {
		return err
	}
	differ := 0
	for i, name := range names {
		s, err := readStory(name)
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		difference, err := c.rehearse(ctx, p, s, parts)
		if err != nil {
			return err
		}
		if difference != "" {
			differ++
			fmt.Fprintf(p.stdout, "\n%s", difference)
		}
	}
	if differ > 0 {
		fmt.Fprintf(p.stderr, "evenkeel: %d of %d stories played otherwise than written\n", differ, len(names))
		return errFailed
	}
	return nil
}

// names are the stories that are meant.
func (c *rehearseCmd) names() ([]string, error) {
	names := c.Stories
	if len(names) == 0 {
		names = story.Names()
	}
	if len(c.Row) == 0 {
		return names, nil
	}
	var out, known []string
	for _, name := range names {
		s, err := readStory(name)
		if err != nil {
			return nil, err
		}
		rows := s.Rows()
		known = append(known, rows...)
		if slices.ContainsFunc(c.Row, func(row string) bool { return slices.Contains(rows, strings.ToUpper(row)) }) {
			out = append(out, name)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	slices.Sort(known)
	return nil, &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: "no story is about " + strings.Join(c.Row, " or ") + "; there are some about " + strings.Join(slices.Compact(known), ", "),
		Hint: "evenkeel rehearse --list names the rows of each story",
	}
}

// parts are what every story is played with; each has books of its own, on paper.
func (c *rehearseCmd) parts() (story.Parts, error) {
	parts := story.Parts{Books: app.PaperBooks}
	var err error
	if parts.Rules, err = loadRules(c.Rules); err != nil {
		return parts, err
	}
	if len(c.Policy) == 0 {
		return parts, nil
	}
	all, err := loadPolicies(c.Policy)
	if err != nil {
		return parts, err
	}
	chosen, err := app.Choose(all)
	parts.Policies = append(chosen.Shadow, chosen.Force)
	return parts, err
}

// rehearse plays a story and prints it. It returns how its transcript differs from the wanted one.
func (c *rehearseCmd) rehearse(ctx context.Context, p *process, s *story.Script, parts story.Parts) (difference string, err error) {
	if c.Then {
		return besides(ctx, p, s, parts)
	}
	transcript, err := story.Play(s, parts)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(p.stdout, "%s: %s\n\n%s", s.Name, s.Title(), transcript)
	if s.Want == "" {
		return "", nil
	}
	return s.Differs(transcript), nil
}

// readStory reads a file, or a story that comes with the program. What has a slash or ends
// in .txtar and is there is a file.
func readStory(name string) (*story.Script, error) {
	data, err := os.ReadFile(name)
	switch {
	case err == nil:
	case strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".txtar"):
		return nil, openError("read story", name, err)
	default:
		if data, err = story.Text(name); err != nil {
			return nil, err
		}
		name += ".txtar"
	}
	return story.Parse(name, data)
}

func listStories(p *process, names []string) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, name := range names {
		s, err := readStory(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", name, strings.Join(s.Rows(), " "), s.Title())
	}
	return w.Flush()
}
