package plot

// tables writes the data of every series, for who cannot see the picture or wants the numbers. A
// row is what is one point of the picture.
func (p *pen) tables(c *Chart) {
	p.raw(`<details><summary>`).escaped(c.Words.Data).raw(`</summary><div class="plot-data" tabindex="0" role="group" aria-label="`).
		escaped(c.Words.Data).raw(`">`)
	for i := range c.Series {
		p.table(c, &c.Series[i])
	}
	p.raw(`</div></details>`)
}

func (p *pen) table(c *Chart, s *Series) {
	p.raw(`<table><caption>`).escaped(label(s.Name)).raw(`</caption><thead><tr><th scope="col">`).escaped(c.Words.Time).raw(`</th>`)
	one := whole(s)
	if one {
		p.raw(`<th scope="col">`).escaped(label(s.Name)).raw(`</th>`)
	} else {
		p.raw(`<th scope="col">`).escaped(c.Words.Lowest).raw(`</th><th scope="col">`).escaped(c.Words.Highest).raw(`</th>`)
	}
	p.raw(`</tr></thead><tbody>`)
	for _, x := range thin(s) {
		p.raw(`<tr><th scope="row">`).escaped(stamp(x.from, s.Step)).raw(`</th>`)
		p.cell(c, x.low, s.Unit, x.known)
		if !one {
			p.cell(c, x.high, s.Unit, x.known)
		}
		p.raw(`</tr>`)
	}
	p.raw(`</tbody></table>`)
}

func (p *pen) cell(c *Chart, v float64, unit string, known bool) {
	says := c.Words.Unknown
	if known {
		says = Number(v, unit)
	}
	p.raw(`<td>`).escaped(says).raw(`</td>`)
}
