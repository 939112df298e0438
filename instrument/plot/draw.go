package plot

import (
	"html/template"
	"strconv"
	"strings"
)

// Draw returns the chart as a figure of HTML: an inline SVG picture, and its data as a table that
// can be opened.
func Draw(c Chart) template.HTML {
	c = c.bounded()
	p := &pen{id: ident(c.ID)}
	p.raw(`<figure class="plot">`)
	empty := c.split()
	if len(c.Series) == 0 {
		p.raw(`<figcaption>`).escaped(sentence(label(c.Title))).escaped(c.Words.None).raw(`</figcaption></figure>`)
		return template.HTML(p.String()) //nolint:gosec // all texts in it went through escaped
	}
	p.picture(&c)
	p.raw(`<figcaption>`).escaped(label(c.Title))
	if p.gapped {
		p.raw(` <span class="plot-quiet">`).escaped(c.Words.Gaps).raw(`</span>`)
	}
	for i := range empty {
		p.raw(`<br/><span class="plot-quiet">`).escaped(sentence(label(empty[i].Name))).escaped(c.Words.None).raw(`</span>`)
	}
	p.raw(`</figcaption>`)
	p.tables(&c)
	p.raw(`</figure>`)
	return template.HTML(p.String()) //nolint:gosec // all texts in it went through escaped
}

func sentence(title string) string {
	if title == "" {
		return ""
	}
	return title + ": "
}

// picture writes the panels of all units over one axis of time.
func (p *pen) picture(c *Chart) {
	units, a := c.units(), c.axis()
	whole := float64(len(units)*(head+height+apart) - apart + foot)
	p.raw(`<svg viewBox="0 0 ` + strconv.Itoa(width) + ` `).at(whole).
		raw(`" role="img" aria-labelledby="` + p.id + `-title ` + p.id + `-desc" font-size="11" font-family="sans-serif">`)
	p.raw(`<title id="` + p.id + `-title">`).escaped(label(c.Title)).raw(`</title>`)
	p.raw(`<desc id="` + p.id + `-desc">`).escaped(c.describe(a)).raw(`</desc>`)
	p.raw(`<defs><pattern id="` + p.id + `-gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
		`<line x1="0" y1="0" x2="0" y2="6" stroke="currentColor" stroke-opacity="0.3"/></pattern></defs>`)
	for i, u := range units {
		p.panel(c, a, u, float64(i*(head+height+apart)))
	}
	bottom := whole - foot
	for _, t := range timeTicks(a.begin, a.end) {
		x := a.x(t.at)
		p.line("plot-grid", "", x, head, x, bottom)
		p.text(x, bottom+13, anchorAt(x), "plot-quiet", t.label)
	}
	p.text((left+width-right)/2, bottom+28, "middle", "plot-quiet", days(a.begin, a.end))
	p.raw(`</svg>`)
}

// anchorAt keeps the labels of the first and the last moment in the picture.
func anchorAt(x float64) string {
	switch {
	case x < left+14:
		return "start"
	case x > width-right-14:
		return "end"
	}
	return "middle"
}

// describe is the picture for who does not see it.
func (c *Chart) describe(a axis) string {
	var out []string
	for i := range c.Series {
		s := &c.Series[i]
		var r span
		unknown := 0
		for _, v := range s.Values {
			if !known(v) {
				unknown++
			}
			r.add(v)
		}
		says := label(s.Name) + ": "
		says += c.Words.Lowest + " " + Number(r.low, s.Unit) + ", " + c.Words.Highest + " " + Number(r.high, s.Unit)
		if unknown > 0 {
			says += ", " + c.Words.Unknown + " " + strconv.Itoa(unknown) + "/" + strconv.Itoa(len(s.Values))
		}
		out = append(out, says)
	}
	for _, l := range c.Lines {
		if known(l.At) {
			out = append(out, label(l.Label)+" "+Number(l.At, l.Unit))
		}
	}
	for _, b := range c.Bands {
		out = append(out, label(b.Label)+" "+stamp(seconds(b.From), 1)+" – "+stamp(seconds(b.Until), 1))
	}
	return days(a.begin, a.end) + "; " + strings.Join(out, "; ")
}

// pen writes markup. Whatever is not our own goes through escaped.
type pen struct {
	strings.Builder
	id     string
	gapped bool
}

func (p *pen) raw(s string) *pen {
	p.WriteString(s)
	return p
}

func (p *pen) escaped(s string) *pen { return p.raw(template.HTMLEscapeString(s)) }

// at writes a length with one decimal.
func (p *pen) at(v float64) *pen {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	s = strings.TrimSuffix(s, ".0")
	if s == "-0" {
		s = "0"
	}
	return p.raw(s)
}

func (p *pen) attr(name string, v float64) *pen { return p.raw(" " + name + `="`).at(v).raw(`"`) }

func (p *pen) text(x, y float64, anchor, class, s string) {
	p.raw(`<text`).attr("x", x).attr("y", y).raw(` text-anchor="` + anchor + `" fill="currentColor"`)
	if class != "" {
		p.raw(` class="` + class + `"`)
	}
	p.raw(`>`).escaped(s).raw(`</text>`)
}

func (p *pen) line(class, more string, x1, y1, x2, y2 float64) {
	p.raw(`<line class="`+class+`" stroke="currentColor"`+more).attr("x1", x1).attr("y1", y1).attr("x2", x2).attr("y2", y2).raw(`/>`)
}

func (p *pen) rect(class, fill string, x, y, w, h float64) {
	p.raw(`<rect class="`+class+`" `+fill).attr("x", x).attr("y", y).attr("width", w).attr("height", h).raw(`/>`)
}
