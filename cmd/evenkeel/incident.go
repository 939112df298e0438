package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
)

type incidentCmd struct {
	List    incidentListCmd    `cmd:"" help:"List when the platform itself was hurt, the newest first."`
	Show    incidentShowCmd    `cmd:"" help:"Show one: whom it touches, what is known, what was sent, and who got it."`
	Draft   incidentDraftCmd   `cmd:"" help:"Print what may be sent now, to edit it."`
	Note    incidentNoteCmd    `cmd:"" help:"Print the note that one tenant would get."`
	Send    incidentSendCmd    `cmd:"" help:"Send it: to the status page and to each tenant who is touched."`
	Discard incidentDiscardCmd `cmd:"" help:"Say that it is none: nothing of it is told."`
}

// incidentArg is an incident by the beginning of its id; without one, the newest.
type incidentArg struct {
	Incident string `arg:"" optional:"" help:"Its id, or the beginning of it; without one the newest."`
}

func (a *incidentArg) in(ctx context.Context, books *app.Books) (docket.Incident, error) {
	all, err := books.Incidents(ctx)
	if err != nil {
		return docket.Incident{}, err
	}
	for i := range all {
		if strings.HasPrefix(string(all[i].ID), a.Incident) {
			return all[i], nil
		}
	}
	if len(all) == 0 {
		return docket.Incident{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "the platform was never hurt, by these books: there is no incident", Hint: "docs/status.md says when one begins"}
	}
	return docket.Incident{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no incident %.40q", a.Incident), Hint: "evenkeel incident list prints all"}
}

type incidentListCmd struct {
	fromBooks
	JSON bool `name:"json" help:"Print one JSON object for each, for machines."`
}

// Help is the long help.
func (*incidentListCmd) Help() string {
	return `An incident begins when requests to sites of several tenants at once are not served, or when all edges that served them fall silent.
What tenants may be told is drafted within two minutes, and waits for a person.

Example:
  evenkeel incident list --data ./evenkeel-data`
}

// Run lists.
func (c *incidentListCmd) Run(ctx context.Context, p *process) error {
	return c.reading(func(books *app.Books) error {
		all, err := books.Incidents(ctx)
		if err != nil {
			return err
		}
		for i := range all {
			x := &all[i]
			if c.JSON {
				if err := p.line(x); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(p.stdout, "%s  began %s  %-10s  tenants %d  sites %d  %s\n", x.ID, at(x.Began), x.Phase, len(x.Tenants()), len(x.Touched)+x.More, incidentIs(x))
		}
		if len(all) == 0 && !c.JSON {
			fmt.Fprintln(p.stdout, "none")
		}
		return nil
	})
}

// incidentIs says what became of an incident so far.
func incidentIs(x *docket.Incident) string {
	switch n := len(x.Updates); {
	case x.Dropped != nil:
		return "discarded by " + shown(string(x.Dropped.By))
	case x.Waits() && n > 0:
		return fmt.Sprintf("sent %d times; that it is over waits to be sent", n)
	case x.Waits():
		return "nothing sent: it waits for a person"
	default:
		return fmt.Sprintf("sent %d times, last by %s", n, shown(string(x.Updates[n-1].By)))
	}
}

type incidentShowCmd struct {
	fromBooks
	incidentArg
	JSON bool `name:"json" help:"Print one JSON object, for machines."`
}

// Help is the long help.
func (*incidentShowCmd) Help() string {
	return `Each sentence stands with where it comes from: records of edges, or decisions, whose leaves evenkeel ledger proof proves. What is not
known is marked. Then who is touched since when, what was sent by whom, and how many tenants have it.

Example:
  evenkeel incident show --data ./evenkeel-data`
}

// Run shows.
func (c *incidentShowCmd) Run(ctx context.Context, p *process) error {
	return c.reading(func(books *app.Books) error {
		x, err := c.in(ctx, books)
		if err != nil {
			return err
		}
		if c.JSON {
			return p.line(&x)
		}
		notes, err := books.NotesOf(ctx, x.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "incident  %s: %s since %s; %s\n", x.ID, x.Phase, at(x.Began), incidentIs(&x))
		for _, s := range x.Known {
			fmt.Fprintf(p.stdout, "known     %s\n          from %s\n", shown(s.English), shown(s.Source))
		}
		for _, s := range x.Unknown {
			fmt.Fprintf(p.stdout, "unknown   %s\n", shown(s.English))
		}
		for _, t := range x.Touched {
			fmt.Fprintf(p.stdout, "touched   %s, %s: %s to %s, %d of %d not served", shown(string(t.Tenant)), shown(string(t.Site)), at(t.From), at(t.Until), t.Wanted-t.Served, t.Wanted)
			if t.Unknown > 0 {
				fmt.Fprintf(p.stdout, ", minutes without a count %d", t.Unknown)
			}
			fmt.Fprintln(p.stdout)
		}
		if x.More > 0 {
			fmt.Fprintf(p.stdout, "          and %d sites more\n", x.More)
		}
		for n := range x.Updates {
			u := &x.Updates[n]
			how := "as drafted"
			if u.Edited() {
				how = "edited"
			}
			got, over := 0, 0
			for _, k := range notes {
				if k.Note.Update == n+1 && k.Over != 0 {
					over++
					if k.Why == "" {
						got++
					}
				}
			}
			fmt.Fprintf(p.stdout, "sent      update %d, %s, by %s, %s; tenants %d, of whom %d have it, %d could not be told\n          %s\n", n+1, at(u.At), shown(string(u.By)), how, u.Notes, got, over-got, shown(u.Text.English))
		}
		return nil
	})
}

type incidentDraftCmd struct {
	fromBooks
	incidentArg
}

// Help is the long help.
func (*incidentDraftCmd) Help() string {
	return `English, then a line of three hyphens, then Chinese: what evenkeel incident send --text reads.

Example:
  evenkeel incident draft --data ./evenkeel-data > words.txt`
}

// Run prints.
func (c *incidentDraftCmd) Run(ctx context.Context, p *process) error {
	return c.reading(func(books *app.Books) error {
		x, err := c.in(ctx, books)
		if err != nil {
			return err
		}
		d := incident.Draft(&x)
		_, err = fmt.Fprintf(p.stdout, "%s\n---\n%s\n", d.English, d.Chinese)
		return err
	})
}

type incidentNoteCmd struct {
	fromBooks
	Tenant string `required:"" placeholder:"TENANT" help:"Whose note: one who is touched."`
	Lang   string `default:"en" enum:"en,zh" help:"In which language: en or zh."`
	incidentArg
}

// Help is the long help.
func (*incidentNoteCmd) Help() string {
	return `The note as the draft would make it now. Nothing is sent.

Example:
  evenkeel incident note --data ./evenkeel-data --tenant raisup`
}

// Run prints.
func (c *incidentNoteCmd) Run(ctx context.Context, p *process) error {
	return c.reading(func(books *app.Books) error {
		x, err := c.in(ctx, books)
		if err != nil {
			return err
		}
		t := evenkeel.TenantID(c.Tenant)
		if len(x.Of(t)) == 0 {
			return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("incident %s does not touch tenant %.80q", x.ID, c.Tenant), Hint: "evenkeel incident show prints whom it touches"}
		}
		d := incident.Draft(&x)
		x.Updates = append(x.Updates, docket.Update{Phase: x.Phase, At: evenkeel.MomentOf(p.now()), Text: d, Draft: d})
		n := incident.Note(&x, len(x.Updates), t)
		_, err = fmt.Fprintf(p.stdout, "%s\n\n%s\n", n.Subject.In(c.Lang), n.Text.In(c.Lang))
		return err
	})
}

type incidentSendCmd struct {
	toServe
	Text     string `type:"existingfile" placeholder:"FILE" help:"What to send in the place of the draft: English, a line of three hyphens, Chinese. Without it the draft goes as it is."`
	Corrects int    `placeholder:"N" help:"The number of the update that was wrong: the notes say so and quote it."`
	// NoCustomer are words of the text that mean no customer.
	NoCustomer []string `placeholder:"WORD" help:"A word of the text that means no customer, though one is called so: it is kept who said that. It may be given several times."`
	Back       ending   `placeholder:"TIME" help:"When the sites are expected back, such as 45m, or a time: their pages say it to visitors. Without it they say that it is not known."`
	Incident   string   `arg:"" help:"Its id; evenkeel incident list prints it."`
}

// Help is the long help.
func (*incidentSendCmd) Help() string {
	return `It stands on the status page at once, and each tenant who is touched gets a note: your words, and what was counted at its own sites. Where no
backend of such a site answers, its own page shows your words to visitors within seconds, until you send that it is over, a day at most.
A text that names a customer is refused, but for words that the draft has too. A leaf of the ledger commits to who sent what, and to the draft.

Examples:
  evenkeel incident send --data ./evenkeel-data --by anna i-0123456789abcdef
  evenkeel incident send --data ./evenkeel-data --by anna --text words.txt i-0123456789abcdef
  evenkeel incident send --data ./evenkeel-data --by anna --text words.txt --corrects 1 i-0123456789abcdef`
}

// Run sends.
func (c *incidentSendCmd) Run(ctx context.Context, p *process) error {
	x := app.IncidentWish{ID: c.ID, Incident: docket.IncidentID(c.Incident), By: evenkeel.PersonID(c.By), Corrects: c.Corrects, NoCustomer: c.NoCustomer, Back: c.Back.after(evenkeel.MomentOf(p.now()))}
	if c.Text != "" {
		data, err := os.ReadFile(c.Text)
		if err != nil {
			return err
		}
		en, zh, two := strings.Cut(string(data), "\n---\n")
		if x.Text = (docket.Texts{English: strings.TrimSpace(en), Chinese: strings.TrimSpace(zh)}); !two || x.Text.English == "" || x.Text.Chinese == "" {
			return evenkeel.Invalid("%s: expected English, a line of three hyphens, and Chinese, as evenkeel incident draft prints them", c.Text)
		}
	}
	return incidentSaid(ctx, p, &c.toServe, x)
}

type incidentDiscardCmd struct {
	toServe
	Incident string `arg:"" help:"Its id; evenkeel incident list prints it."`
	Says     string `arg:"" name:"reason" help:"Why, in a sentence: it is kept."`
}

// Help is the long help.
func (*incidentDiscardCmd) Help() string {
	return `Nothing of it is told, and nobody is called for it any more. Of what was sent already send a correction instead.

Example:
  evenkeel incident discard --data ./evenkeel-data --by anna i-0123456789abcdef "We restarted the edges ourselves."`
}

// Run discards.
func (c *incidentDiscardCmd) Run(ctx context.Context, p *process) error {
	return incidentSaid(ctx, p, &c.toServe, app.IncidentWish{ID: c.ID, Incident: docket.IncidentID(c.Incident), By: evenkeel.PersonID(c.By), Discard: c.Says})
}

// incidentSaid has it done and prints what became of it.
func incidentSaid(ctx context.Context, p *process, c *toServe, x app.IncidentWish) error {
	if x.ID == "" {
		x.ID = rand.Text()
	}
	i, err := app.OfIncident(ctx, c.Data, x)
	if err != nil {
		return err
	}
	if c.JSON {
		return p.line(&i)
	}
	_, err = fmt.Fprintf(p.stdout, "%s: %s\n", i.ID, incidentIs(&i))
	return err
}
