package edge

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// Sizes of a picture in units of SVG.
const (
	plotWide  = 760
	plotLeft  = 56
	plotRight = 12
	plotHigh  = 200
	plotTop   = 34
	legendRow = 18
	eachRow   = 4 // names in a row of the legend
)

// colours are those of contenders, in their order; they differ for most who see colours otherwise (Okabe and Ito, 2008).
var colours = [...]string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#7f7f7f", "#9467bd", "#bcbd22", "#17becf", "#444444", "#aa3377"}

const plotStyle = `<style>text{font:12px system-ui,sans-serif;fill:#222}.t{font-weight:600}.g{stroke:#8888;stroke-width:1}.a{fill:#c003;}.s{fill:none;stroke-width:2}.m{stroke:#0072b2;stroke-dasharray:3 3}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>`

// picture is an SVG on its way.
type picture struct {
	strings.Builder
	names []string
}

func newPicture(title string, names []string) *picture {
	p := &picture{names: names}
	high := plotTop + plotHigh + 40 + legendRow*((len(names)+eachRow-1)/eachRow)
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img"><title>%s</title>%s<text class="t" x="%d" y="20">%s</text>`+"\n", plotWide, high, html.EscapeString(title), plotStyle, plotLeft, html.EscapeString(title))
	for share := 0; share <= 100; share += 25 {
		y := p.y(float64(share) / 100)
		fmt.Fprintf(p, `<line class="g" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text text-anchor="end" x="%d" y="%.1f">%d %%</text>`+"\n", plotLeft, plotWide-plotRight, y, y, plotLeft-6, y+4, share)
	}
	return p
}

func (p *picture) y(share float64) float64 { return plotTop + plotHigh*(1-min(max(share, 0), 1)) }

func (p *picture) colour(name string) string {
	return colours[max(slices.Index(p.names, name), 0)%len(colours)]
}

func (p *picture) end() string {
	for i, n := range p.names {
		x, y := plotLeft+i%eachRow*((plotWide-plotLeft)/eachRow), plotTop+plotHigh+44+i/eachRow*legendRow
		fmt.Fprintf(p, `<rect x="%d" y="%d" width="10" height="10" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", x, y-9, p.colour(n), x+14, y, html.EscapeString(n))
	}
	p.WriteString("</svg>\n")
	return p.String()
}

// Plots are pictures in SVG by the names of their files: which share of the requests of the attacked site and of the others was answered within a
// second, by attack and contender; and for each attack the same second by second, with Evenkeel's stages.
func Plots(list []Result) map[string]string {
	var names, letters []string
	for i := range list {
		if !slices.Contains(names, list[i].Contender) {
			names = append(names, list[i].Contender)
		}
		if !slices.Contains(letters, list[i].Letter) {
			letters = append(letters, list[i].Letter)
		}
	}
	files := map[string]string{}
	if len(list) == 0 {
		return files
	}
	files["attacked.svg"] = bars("Answered within a second at the attacked site, by attack", list, names, letters, func(r *Result) float64 { return r.Attacked.Goodput() })
	files["others.svg"] = bars("Answered within a second at the other sites, by attack", list, names, letters, func(r *Result) float64 { return r.Others.Goodput() })
	for _, l := range letters {
		if l != NoAttack {
			files["attack-"+l+".svg"] = timeline(l, list, names)
		}
	}
	return files
}

func bars(title string, list []Result, names, letters []string, of func(*Result) float64) string {
	p := newPicture(title, names)
	wide := float64(plotWide-plotLeft-plotRight) / float64(len(letters))
	for i, l := range letters {
		left := plotLeft + float64(i)*wide
		fmt.Fprintf(p, `<text text-anchor="middle" x="%.1f" y="%d">%s</text>`+"\n", left+wide/2, plotTop+plotHigh+16, html.EscapeString(l))
		bar := wide * 0.86 / float64(len(names))
		for k := range list {
			r := &list[k]
			if r.Letter != l {
				continue
			}
			share := of(r)
			x := left + wide*0.07 + bar*float64(slices.Index(names, r.Contender))
			fmt.Fprintf(p, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"><title>%s, %s: %s</title></rect>`+"\n", x, p.y(share), bar*0.9, p.y(0)-p.y(share), p.colour(r.Contender),
				html.EscapeString(r.Contender), html.EscapeString(r.Attack), percent(share))
		}
	}
	return p.end()
}

func timeline(letter string, list []Result, names []string) string {
	first := slices.IndexFunc(list, func(r Result) bool { return r.Letter == letter })
	p := newPicture("Attack "+letter+", "+list[first].Attack+": answered within a second at the attacked site", names)
	seconds := max(len(list[first].Seconds), 1)
	x := func(at float64) float64 {
		return plotLeft + float64(plotWide-plotLeft-plotRight)*min(max(at/float64(seconds), 0), 1)
	}
	from, until := x(list[first].From.Seconds()), x(list[first].Until.Seconds())
	fmt.Fprintf(p, `<rect class="a" x="%.1f" y="%d" width="%.1f" height="%d"/>`+"\n", from, plotTop, until-from, plotHigh)
	for s := 0; s <= seconds; s += max(1, seconds/10) {
		fmt.Fprintf(p, `<text text-anchor="middle" x="%.1f" y="%d">%d s</text>`+"\n", x(float64(s)), plotTop+plotHigh+16, s)
	}
	marked := false
	for i := range list {
		r := &list[i]
		if r.Letter != letter {
			continue
		}
		var points strings.Builder
		for k, share := range r.Seconds {
			if share >= 0 { // what is not known is no point
				fmt.Fprintf(&points, "%.1f,%.1f ", x(float64(k)+0.5), p.y(share))
			}
		}
		fmt.Fprintf(p, `<polyline class="s" stroke="%s" points="%s"><title>%s</title></polyline>`+"\n", p.colour(r.Contender), strings.TrimSpace(points.String()), html.EscapeString(r.Contender))
		if len(r.Stages) > 0 && !marked { // of the first that has any: several would cover each other
			marked = true
			for k, s := range r.Stages {
				at := x(s.At.Seconds())
				fmt.Fprintf(p, `<line class="m" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text x="%.1f" y="%d">%s</text>`+"\n", at, at, plotTop, plotTop+plotHigh, at+3, plotTop+plotHigh-8-14*(k%6), html.EscapeString(s.Stage))
			}
		}
	}
	return p.end()
}
