package suspect_test

import (
	"bufio"
	"hash/fnv"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// asked is a line of a log in Apache's combined form.
type asked struct {
	address     netip.Addr
	path, query string
	agent       uint64
}

var combined = regexp.MustCompile(`^(\S+) \S+ \S+ \[[^]]*\] "[A-Z]+ ([^ "]+)[^"]*" \d+ \S+ "[^"]*" "([^"]*)`)

func recorded(t *testing.T, set, file string) (lines []asked) {
	t.Helper()
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	f, err := os.Open(filepath.Join(root, set, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		m := combined.FindStringSubmatch(scanner.Text())
		if m == nil {
			continue
		}
		a, err := netip.ParseAddr(m[1])
		if err != nil {
			continue
		}
		x := asked{address: a}
		x.path, x.query, _ = strings.Cut(m[2], "?")
		sum := fnv.New64a()
		sum.Write([]byte(m[3]))
		x.agent = sum.Sum64()
		lines = append(lines, x)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestARealFloodIsToldFromRealVisitors lays the requests of a flood that was recorded over those of a public site, four days of
// people and crawlers, who are all innocent and are counted by address: two thirds are learned, and the last third comes in any order, because four days are
// played within seconds. User agents stand in for fingerprints, of which these logs know nothing: so all
// that is usual and new is real, and how well a fingerprint tells a tool from a browser is not shown.
func TestARealFloodIsToldFromRealVisitors(t *testing.T) {
	site := recorded(t, "http-logs/elastic-apache-2015", "access.log")
	flood := recorded(t, "mixed-logs/crowdsec-hub-tests/http-dos-bypass-cache", "http_dos_bypass_cache.log")
	if len(site) < 6000 || len(flood) < 300 {
		t.Fatalf("%d and %d lines were read", len(site), len(flood))
	}
	for _, c := range []struct {
		name    string
		sources int // 0: as recorded
	}{{"from the addresses that it came from", 0}, {"from three thousand addresses", 3000}} {
		t.Run(c.name, func(t *testing.T) {
			d := newDomain(20)
			d.habit = suspect.NewHabit(key)
			visit := func(x asked) suspect.Visit {
				v := suspect.Visit{Address: x.address, Hello: x.agent, Proven: true}
				d.asks(&v, x.path, x.query, 1)
				return v
			}
			learned := len(site) * 2 / 3
			for _, x := range site[:learned] {
				v := visit(x)
				d.habit.Note(&v)
			}
			d.habit.Passed(160e9) // as if they came at 27 a second
			theirs := 0
			m := d.attacked(12, func() suspect.Visit {
				theirs++
				x := flood[theirs%len(flood)]
				if c.sources > 0 {
					x.address = d.address(uint32(d.lot.IntN(c.sources)))
				}
				return visit(x)
			}, func() suspect.Visit {
				return visit(site[learned+d.lot.IntN(len(site)-learned)])
			})
			visitors, asked := map[netip.Addr]bool{}, 0
			for _, x := range site[learned:] {
				v := visit(x)
				before := visitors[x.address]
				met := suspect.Judge(d.now-1, &v, m.set.Rules()).Asks()
				visitors[x.address] = before || met
				if met && !before {
					asked++
				}
			}
			t.Logf("%.1f %% of the requests of innocents were asked; a crawler makes an eighth of them", m.asked*100)
			m.asked = float64(asked) / float64(len(visitors))
			m.tell(t, 0.9)
		})
	}
}
