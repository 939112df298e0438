package edge

import (
	"fmt"
	"strings"
	"time"
)

// Table writes results as a table of Markdown, a row for each attack and contender.
func Table(list []Result) string {
	var b strings.Builder
	b.WriteString("| attack | contender | others: in time | p99 | attacked: in time | p99 | questions aside | asked | told to wait | blocked | others blocked | back after | CPU ms per 1,000 | memory | made |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for i := range list {
		r := &list[i]
		made := "–"
		cost := "–"
		if r.Letter != NoAttack {
			made = fmt.Sprintf("%.0f/s (%.0f %%)", float64(r.Flood.Made)/max((r.Until-r.From).Seconds(), 1e-9), 100*r.Reached)
			cost = fmt.Sprintf("%.0f", 1000*r.PerKilo)
		}
		if r.Fault != "" {
			made += ": " + r.Fault
		}
		fmt.Fprintf(&b, "| %s %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %.0f MiB | %s |\n", r.Letter, r.Attack, r.Contender,
			percent(r.Others.Goodput()), short(r.Others.P99), percent(r.Attacked.Goodput()), short(r.Attacked.P99), percent(r.Attacked.GoodputBeside()),
			percent(r.Attacked.AskedShare()), percent(r.Attacked.WaitedShare()), percent(r.Attacked.BlockedShare()), percent(r.Others.BlockedShare()), back(r.Recovered), cost, float64(r.Memory)/(1<<20), made)
	}
	b.WriteString(realTable(list))
	return b.String()
}

// realTable says what real browsers met; "" where there was none.
func realTable(list []Result) string {
	var b strings.Builder
	for i := range list {
		for _, k := range list[i].Real {
			if b.Len() == 0 {
				b.WriteString("\n| attack | contender | Chromium | before: in time | during: pages | in time | asked first | late | never |\n| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
			}
			kind := "with JavaScript"
			if !k.Script {
				kind = "without"
			}
			fmt.Fprintf(&b, "| %s %s | %s | %s | %d of %d | %d | %d | %d | %d | %d |\n", list[i].Letter, list[i].Attack, list[i].Contender, kind, k.Calm, k.Before, k.Pages, k.InTime, k.Asked, k.Late, k.Never)
		}
	}
	return b.String()
}

// percent rounds to what a table shows, and says 100 and 0 only of all and of none.
func percent(share float64) string {
	switch s := fmt.Sprintf("%.1f %%", 100*share); {
	case s == "100.0 %" && share < 1:
		return "99.9 %"
	case s == "0.0 %" && share > 0:
		return "0.1 %"
	default:
		return strings.Replace(s, ".0 %", " %", 1)
	}
}

func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func back(d *time.Duration) string {
	if d == nil {
		return "never"
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
