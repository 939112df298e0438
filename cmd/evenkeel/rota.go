package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	_ "time/tzdata" // rotas name time zones, and not every machine has their database

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/rota"
)

type rotaCmd struct {
	Show  rotaShowCmd  `cmd:"" help:"Print who is on call, shift by shift, with the gaps."`
	Check rotaCheckCmd `cmd:"" help:"Read a rota and say what is wrong with it, and when nobody is on call."`
}

// rotaSpan is which rota, and from when.
type rotaSpan struct {
	File string `placeholder:"FILE" help:"The rota, as rota: in the settings names it."`
	Same string `arg:"" optional:"" name:"file" help:"The same as --file."`
	From string `placeholder:"TIME" help:"From when: 2026-11-30, \"2026-11-30 09:00\" by the clock at the desk, or 2026-11-30T09:00:00Z. None: the beginning of today."`
}

// open reads the rota, and from when.
func (c *rotaSpan) open(p *process) (r *rota.Rota, from evenkeel.Moment, err error) {
	switch {
	case c.File == "":
		c.File = c.Same
	case c.Same != "" && c.Same != c.File:
		return nil, 0, evenkeel.Invalid("two rotas, %s and %s; expected one", c.File, c.Same)
	}
	if c.File == "" {
		return nil, 0, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "no rota is named; expected --file FILE", Hint: "it is the file that rota: in the settings names; docs/on-call.md says how one is written"}
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, 0, openError("read rota", c.File, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, rota.MaxDocument+1))
	if err != nil {
		return nil, 0, openError("read rota", c.File, err)
	}
	if r, err = rota.Parse(c.File, text); err != nil {
		return nil, 0, err
	}
	start := c.From
	if start == "" {
		start = p.now().In(r.Zone()).Format(time.DateOnly)
	}
	if from, err = r.Moment(start); err != nil {
		return nil, 0, fmt.Errorf("--from: %w", err)
	}
	return r, from, nil
}

// later is the same time of day so many days later, by the clock at the desk.
func later(r *rota.Rota, from evenkeel.Moment, days int) evenkeel.Moment {
	return evenkeel.MomentOf(from.Time().In(r.Zone()).AddDate(0, 0, days))
}

type rotaShowCmd struct {
	rotaSpan
	Until string `placeholder:"TIME" help:"Until when, as --from. None: a week later."`
	JSON  bool   `help:"Print it as JSON, with times in UTC."`
}

// Help is the long help.
func (*rotaShowCmd) Help() string {
	return `Times are those of the clock at the desk, the zone of the rota. Level 1 is called first; a level that is not answered is
followed by the next, and where nobody is on call those who lead are called. Without --from the first line says who is
called now. What is amiss stands below: times in which nobody is on call, and levels that reach nobody new. At most 370
days are printed.

Examples:
  evenkeel rota show --file rota.yaml
  evenkeel rota show --file rota.yaml --from 2026-12-21 --until 2027-01-04
  evenkeel rota show --file rota.yaml --json | jq '.faults'`
}

// Run prints.
func (c *rotaShowCmd) Run(p *process) error {
	r, from, err := c.open(p)
	if err != nil {
		return err
	}
	until := later(r, from, 7)
	if c.Until != "" {
		if until, err = r.Moment(c.Until); err != nil {
			return fmt.Errorf("--until: %w", err)
		}
	}
	shifts, err := r.Shifts(from, until)
	if err != nil {
		return err
	}
	faults, err := r.Check(from, until)
	if err != nil {
		return err
	}
	if c.JSON {
		return printRota(p, r, from, until, shifts, faults)
	}
	if c.From == "" {
		printNow(p, r)
	}
	fmt.Fprintf(p.stdout, "%s\n%s to %s\n\n", rotaName(r), r.Local(from), r.Local(until))
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LEVEL\tFROM\tUNTIL\tON CALL")
	for i := range shifts {
		s := &shifts[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", levelWord(s.Level), r.Local(s.From), r.Local(s.Until), whoWord(s))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(faults) > 0 {
		fmt.Fprintln(p.stdout)
	}
	printFaults(p.stdout, faults)
	return nil
}

// printNow says who is called now, level by level.
func printNow(p *process, r *rota.Rota) {
	now := evenkeel.MomentOf(p.now())
	desk := "staffed"
	if !r.Staffed(now) {
		desk = "not staffed"
	}
	var who []string
	for level := 1; level <= r.Levels(); level++ {
		who = append(who, levelWord(level)+" "+whoWord(&rota.Shift{Persons: r.OnCall(level, now)}))
	}
	who = append(who, levelWord(rota.Leading)+" "+whoWord(&rota.Shift{Persons: r.Lead(now)}))
	fmt.Fprintf(p.stdout, "now, %s: %s; the desk is %s\n", r.Local(now), strings.Join(who, "; "), desk)
}

// printRota prints all of it for a machine.
func printRota(p *process, r *rota.Rota, from, until evenkeel.Moment, shifts []rota.Shift, faults []rota.Fault) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Rota    string          `json:"rota"`
		Version int             `json:"version"`
		Digest  string          `json:"digest"`
		Zone    string          `json:"zone"`
		From    evenkeel.Moment `json:"from"`
		Until   evenkeel.Moment `json:"until"`
		Shifts  []rota.Shift    `json:"shifts"`
		Faults  []rota.Fault    `json:"faults"`
	}{r.Name(), r.Version(), r.Digest(), r.Zone().String(), from, until, shifts, append([]rota.Fault{}, faults...)})
}

func rotaName(r *rota.Rota) string {
	return fmt.Sprintf("%s v%d, %s, %s", shown(r.Name()), r.Version(), r.Zone(), r.Digest())
}

func levelWord(level int) string {
	if level == rota.Leading {
		return "lead"
	}
	return strconv.Itoa(level)
}

func whoWord(s *rota.Shift) string {
	if s.Gap() {
		return "- nobody -"
	}
	names := make([]string, len(s.Persons))
	for i, id := range s.Persons {
		names[i] = shown(id)
	}
	return strings.Join(names, ", ")
}

func printFaults(w io.Writer, faults []rota.Fault) {
	for _, f := range faults {
		fmt.Fprintf(w, "%s: %s\n", f.Kind, shown(f.Says))
	}
}

type rotaCheckCmd struct {
	rotaSpan
	Days int `default:"28" help:"How many days ahead gaps are looked for, at most 369 (default ${default})."`
}

// Help is the long help.
func (*rotaCheckCmd) Help() string {
	return `Mistakes are named with file, line and column; the exit code is then 2. In a rota without mistakes it looks for times in
which nobody is on call: one makes the exit code 1. Levels that reach nobody new, and persons whom nothing ever calls, are
told and do not. A gap is mended by an override, by a person's hours, or by one more person in the step.

Examples:
  evenkeel rota check --file rota.yaml
  evenkeel rota check --file rota.yaml --from 2026-12-21 --days 14`
}

// Run checks.
func (c *rotaCheckCmd) Run(p *process) error {
	r, from, err := c.open(p)
	if err != nil {
		return err
	}
	const most = int(rota.MaxSpan/(24*time.Hour)) - 1 // a day may have 25 hours
	if c.Days < 1 || c.Days > most {
		return evenkeel.Invalid("--days %d; expected 1 to %d", c.Days, most)
	}
	faults, err := r.Check(from, later(r, from, c.Days))
	if err != nil {
		return err
	}
	printFaults(p.stdout, faults)
	for _, f := range faults {
		if f.Kind == rota.KindGap {
			return errFailed
		}
	}
	fmt.Fprintf(p.stdout, "ok  %s: somebody is on call at each level for %s\n", rotaName(r), several(c.Days, "day"))
	return nil
}
