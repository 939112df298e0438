package console

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// readGrant takes a flag: what it covers, until when, and within which bounds.
func (d *decideView) readGrant(a *docket.Act, c *flagForm, folder *docket.Folder) {
	g := &docket.Grant{}
	d.readSelector(&g.Selector, c, folder)
	if c.Burst != nil {
		d.readSpan(g, c, a.At)
	} else {
		d.readDays(g, c, a.At)
	}
	g.Envelope.Count = d.bound(c.Before+"count", c.Count, 1<<20)
	g.Envelope.VCPUs = d.bound(c.Before+"vcpus", c.VCPUs, 1<<20)
	g.Envelope.Rate = float64(d.bound(c.Before+"rate", c.Rate, 1e12))
	a.Grant = g
}

// readDays takes how long a flag lasts from now on.
func (d *decideView) readDays(g *docket.Grant, c *flagForm, now evenkeel.Moment) {
	days, err := strconv.Atoi(c.Days)
	if err != nil || days < 1 || days > evenkeel.MaxFlag {
		d.wrong(c.Before+"days", "Give a number of days, 1 to %d.", evenkeel.MaxFlag)
		days = 0
	}
	g.Until = now.Add(time.Duration(days) * 24 * time.Hour)
}

// readSelector takes what the flag covers: something that was suggested, or what was typed.
func (d *decideView) readSelector(s *evenkeel.Selector, c *flagForm, folder *docket.Folder) {
	if c.Cover == "typed" {
		s.Principal, s.Image = c.Principal, c.Image
		if s.Principal+s.Image == "" {
			d.wrong(c.Before+"principal", "Name who makes the machines, or their image.")
		}
		return
	}
	if !slices.ContainsFunc(c.Covers, func(o coverView) bool { return o.Value == c.Cover }) {
		d.wrong(c.Before+"cover", "%s", c.none())
		return
	}
	q, err := url.ParseQuery(c.Cover)
	if err != nil {
		return
	}
	switch {
	case q.Get("tenant") != "":
		s.TenantWide = true
	case q.Get("assets") != "":
		s.Assets = slices.Clone(folder.Case.Assets)
	default:
		s.Principal, s.Image, s.StartScript = q.Get("principal"), q.Get("image"), q.Get("script")
	}
}

// none is what is missing where nothing that a flag can cover was chosen.
func (g *flagForm) none() string {
	if g.Before != "" {
		return "Choose what the flag covers."
	}
	return "Choose what the flag covers, or why there is none."
}

// bound reads a bound of a flag; nothing is none.
func (d *decideView) bound(id, text string, most int64) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most {
		d.wrong(id, "Give a whole number from 1, or nothing.")
		return 0
	}
	return n
}
