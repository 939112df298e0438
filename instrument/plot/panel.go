package plot

import "strconv"

// Sizes in the units of the picture, which is so wide that its letters can be read on a phone.
const (
	width  = 440
	left   = 56 // room for the values' labels
	right  = 6
	head   = 18  // room for the names of a panel's series
	height = 104 // of a panel's plot
	apart  = 10  // between two panels
	foot   = 34  // room for the labels of time
)

// axis is the axis of time, which all panels share.
type axis struct{ begin, end float64 }

func (c *Chart) axis() axis {
	a := axis{c.Series[0].begin(), c.Series[0].end()}
	for i := range c.Series {
		a.begin, a.end = min(a.begin, c.Series[i].begin()), max(a.end, c.Series[i].end())
	}
	if a.end <= a.begin { // steps so short that a float does not tell them apart
		a.end = a.begin + 1
	}
	return a
}

// x is where a moment lies in the picture; what is before or after the axis lies at its ends.
func (a axis) x(at float64) float64 {
	share := max(0, min(1, (at-a.begin)/(a.end-a.begin)))
	return left + float64(share*(width-left-right))
}

// panel draws the series of one unit.
type panel struct {
	*pen
	axis  axis
	top   float64 // of the plot
	scale scale
}

// panel draws what belongs to a unit, with its top so far down.
func (p *pen) panel(c *Chart, a axis, unit string, top float64) {
	var s span
	var names string
	points := make([][]point, len(c.Series))
	for i := range c.Series {
		if c.Series[i].Unit != unit {
			continue
		}
		points[i] = thin(&c.Series[i])
		for _, x := range points[i] {
			if x.known {
				s.add(x.low)
				s.add(x.high)
			}
		}
		if names != "" {
			names += " · "
		}
		names += label(c.Series[i].Name)
	}
	for _, l := range c.Lines {
		if l.Unit == unit {
			s.add(l.At)
		}
	}
	x := panel{pen: p, axis: a, top: top + head, scale: scaleOf(unit, s)}
	p.text(left, top+12, "start", "", names)
	x.bands(c.Bands)
	x.grid(unit)
	x.levels(c.Lines, unit)
	alone := 0
	for i := range points {
		if points[i] != nil {
			alone++
		}
	}
	nth := 0
	for i := range points {
		if points[i] == nil {
			continue
		}
		if alone == 1 {
			x.gaps(points[i])
		}
		x.series(points[i], whole(&c.Series[i]), nth%3)
		nth++
	}
	x.names(c.Lines, unit)
}

func (x *panel) y(v float64) float64 { return x.top + x.scale.y(v, height) }

func (x *panel) bands(bands []Band) {
	for _, b := range bands {
		from, until := x.axis.x(seconds(b.From)), x.axis.x(seconds(b.Until))
		if until <= from {
			continue
		}
		x.rect("plot-band", `fill="currentColor" fill-opacity="0.13"`, from, x.top, until-from, height)
		if l := label(b.Label); l != "" {
			x.text((from+until)/2, x.top+height-5, anchor((from+until)/2), "plot-quiet", l)
		}
	}
}

// anchor is on which side of a place a text stands there, so that it stays in the picture.
func anchor(x float64) string {
	switch {
	case x < left+(width-left)/4:
		return "start"
	case x > width-(width-left)/4:
		return "end"
	}
	return "middle"
}

func (x *panel) grid(unit string) {
	for _, t := range x.scale.ticks {
		y := x.y(t)
		x.line("plot-grid", "", left, y, width-right, y)
		x.text(left-5, y+4, "end", "plot-quiet", Number(t, unit))
	}
}

// gaps hatches where nothing is known.
func (x *panel) gaps(points []point) {
	for i := 0; i < len(points); i++ {
		if points[i].known {
			continue
		}
		j := i
		for j+1 < len(points) && !points[j+1].known {
			j++
		}
		from, until := x.axis.x(points[i].from), x.axis.x(points[j].until)
		x.rect("plot-gap", `fill="url(#`+x.id+`-gap)"`, from, x.top, until-from, height)
		x.gapped = true
		i = j
	}
}

// series draws each value over the whole of its step, and several values as their lowest and
// highest in the order in which they came.
func (x *panel) series(points []point, whole bool, nth int) {
	class := "plot-line"
	if nth > 0 {
		class += " plot-line-" + strconv.Itoa(nth)
	}
	x.raw(`<path class="` + class + `" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"` + dashes[nth] + ` d="`)
	drawn := false
	for _, p := range points {
		if !p.known {
			drawn = false
			continue
		}
		from, until := p.from, p.until
		first, last := x.y(p.low), x.y(p.high)
		if p.falls {
			first, last = last, first
		}
		if !whole { // the two stand apart, so that a rise and a fall look different
			quarter := (p.until - p.from) / 4
			from, until = from+quarter, until-quarter
		}
		move := "M"
		if drawn {
			move = "L"
		}
		x.raw(move).at(x.axis.x(from)).raw(" ").at(first).raw("L").at(x.axis.x(until)).raw(" ").at(last)
		drawn = true
	}
	x.raw(`"/>`)
}

var dashes = [...]string{"", ` stroke-dasharray="6 3"`, ` stroke-dasharray="2 3"`}

// levels draws levels below the traces, and wider: a trace that runs along its level is seen, and
// so is the level on both sides of it.
func (x *panel) levels(lines []Line, unit string) {
	for _, l := range lines {
		if l.Unit == unit && known(l.At) {
			x.line("plot-mark", ` stroke-width="4.2" stroke-dasharray="7 4"`, left, x.y(l.At), width-right, x.y(l.At))
		}
	}
}

// names writes what levels are called above all that is drawn.
func (x *panel) names(lines []Line, unit string) {
	for _, l := range lines {
		if l.Unit != unit || !known(l.At) {
			continue
		}
		y := x.y(l.At)
		at := y - 5
		if at < x.top+10 {
			at = y + 14
		}
		x.text(width-right-3, at, "end", "plot-label", label(l.Label)+" "+Number(l.At, unit))
	}
}
