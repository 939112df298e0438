package plot

// point is one value as it is drawn, or several of which it is the lowest and the highest.
type point struct {
	from, until float64 // seconds since 1970
	low, high   float64
	known       bool
	falls       bool // the highest came before the lowest
}

// thin makes at most MaxPoints points of a series: its values, or so many stretches of the same
// number of values with the lowest and the highest of each. A stretch in which nothing is known
// is not known.
func thin(s *Series) []point {
	n := len(s.Values)
	per := (n + MaxPoints - 1) / MaxPoints
	if n > MaxPoints {
		per = (2*n + MaxPoints - 1) / MaxPoints // a stretch is drawn as two points
	}
	out := make([]point, 0, n/max(per, 1)+1)
	for i := 0; i < n; i += per {
		j := min(i+per, n)
		out = append(out, stretch(s, i, j))
	}
	return out
}

// stretch is what the values from i up to j are together.
func stretch(s *Series, i, j int) point {
	p := point{from: s.at(i), until: s.at(j)}
	low, high := 0, 0
	for k := i; k < j; k++ {
		v := s.Values[k]
		switch {
		case !known(v):
		case !p.known:
			p.known, low, high = true, k, k
		default:
			if v < s.Values[low] {
				low = k
			}
			if v > s.Values[high] {
				high = k
			}
		}
	}
	if p.known {
		p.low, p.high, p.falls = s.Values[low], s.Values[high], high < low
	}
	return p
}

// whole says whether every point is one value.
func whole(s *Series) bool { return len(s.Values) <= MaxPoints }
