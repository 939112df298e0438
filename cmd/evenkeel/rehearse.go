package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel/story"
)

type rehearseCmd struct {
	List    bool     `help:"List the stories that come with the program."`
	Rules   []string `sep:"none" placeholder:"DIR" help:"Rules to use instead of those that come with the program: a directory or a file."`
	Stories []string `arg:"" optional:"" name:"story" help:"Names of stories that come with the program, or files; none: all that come with the program."`
}

// Help is the long help.
func (*rehearseCmd) Help() string {
	return `A story is a text file that says what machines and tenants do, and what is to come of it (docs/stories.md). Each
is played, its transcript printed, and compared with the one that it wants; where one differs, the difference is
printed and the exit code is 1. A story without a wanted transcript is only played.

Examples:
  evenkeel rehearse --list
  evenkeel rehearse miner
  evenkeel rehearse --rules ./rules my-story.txtar`
}

// Run rehearses.
func (c *rehearseCmd) Run(p *process) error {
	names := c.Stories
	if len(names) == 0 {
		names = story.Names()
	}
	if c.List {
		return listStories(p)
	}
	rules, err := loadRules(c.Rules)
	if err != nil {
		return err
	}
	differ := 0
	for i, name := range names {
		s, err := readStory(name)
		if err != nil {
			return err
		}
		difference, transcript, err := rehearse(s, story.Parts{Rules: rules})
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		fmt.Fprintf(p.stdout, "%s: %s\n\n%s", s.Name, s.Title(), transcript)
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

func rehearse(s *story.Script, parts story.Parts) (difference, transcript string, err error) {
	if transcript, err = story.Play(s, parts); err != nil || s.Want == "" {
		return "", transcript, err
	}
	return s.Differs(transcript), transcript, nil
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

func listStories(p *process) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, name := range story.Names() {
		s, err := readStory(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\n", name, s.Title())
	}
	return w.Flush()
}
