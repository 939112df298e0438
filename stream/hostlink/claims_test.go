package hostlink

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func TestWhoseWordCountsAboutAGuest(t *testing.T) {
	type say struct {
		after time.Duration // since the start
		host  string
		has   string // a guest a letter; a capital one: it is only named
	}
	for name, c := range map[string]struct {
		says   []say
		silent string
		at     time.Duration
		want   map[string]Doubt // by host and guest
	}{
		"what a host holds, and nothing else": {
			[]say{{0, "h1", "a"}, {0, "h2", "b"}}, "", time.Hour,
			map[string]Doubt{"h1 a": {}, "h1 b": {Why: NotHeld}, "h2 a": {Why: NotHeld}, "h2 b": {}},
		},
		"what two claimed at about the same time is neither's": {
			[]say{{0, "h1", "a"}, {settled - 1, "h2", "a"}}, "", time.Minute, map[string]Doubt{"h1 a": {Claimed, "h2"}, "h2 a": {Claimed, "h1"}},
		},
		"while a guest moves the first is believed": {
			[]say{{0, "h1", "a"}, {settled, "h2", "a"}}, "", settled + moving - 1, map[string]Doubt{"h1 a": {}, "h2 a": {Claimed, "h1"}},
		},
		"no guest moves for longer": {
			[]say{{0, "h1", "a"}, {settled, "h2", "a"}}, "", settled + moving, map[string]Doubt{"h1 a": {Claimed, "h2"}, "h2 a": {Claimed, "h1"}},
		},
		"once it moved the second is believed, and what the buffer of the first still has": {
			[]say{{0, "h1", "a"}, {time.Hour, "h2", "a"}, {time.Hour + 1, "h1", ""}}, "", 2*time.Hour - 1, map[string]Doubt{"h1 a": {}, "h2 a": {}},
		},
		"and later the first is not": {
			[]say{{0, "h1", "a"}, {time.Hour, "h2", "a"}, {time.Hour + 1, "h1", ""}}, "", 2*time.Hour + 1, map[string]Doubt{"h1 a": {Why: NotHeld}, "h2 a": {}},
		},
		"a claim of another's guest that was taken back gives no word": {
			[]say{{0, "h1", "a"}, {time.Hour, "h2", "a"}, {time.Hour + 1, "h2", ""}}, "", time.Hour + 2, map[string]Doubt{"h1 a": {}, "h2 a": {Claimed, "h1"}},
		},
		"a guest that was unplugged for a moment is still its host's": {
			[]say{{0, "h1", "a"}, {time.Hour, "h2", "a"}, {time.Hour + 1, "h1", ""}, {time.Hour + 2, "h1", "a"}}, "", time.Hour + 3, map[string]Doubt{"h1 a": {}, "h2 a": {Claimed, "h1"}},
		},
		"whoever is silent claims nothing": {
			[]say{{0, "h1", "a"}, {0, "h2", "a"}}, "h1", time.Minute, map[string]Doubt{"h2 a": {}},
		},
		"a name in settings counts for less than a port": {
			[]say{{0, "h1", "A"}, {time.Hour, "h2", "a"}}, "", time.Hour + 1, map[string]Doubt{"h1 a": {Claimed, "h2"}, "h2 a": {}},
		},
		"a name alone is enough where nobody else has the guest": {
			[]say{{0, "h1", "A"}}, "", time.Hour, map[string]Doubt{"h1 a": {}},
		},
		"a site that several edges stand before is theirs all": {
			[]say{{0, "edge e1", "a"}, {0, "edge e2", "a"}, {time.Hour, "edge e3", "a"}}, "", 3 * time.Hour, map[string]Doubt{"e1 a": {}, "e2 a": {}, "e3 a": {}},
		},
		"a host that claims a site is doubted, and the edge as two hosts would be": {
			[]say{{0, "edge e1", "a"}, {0, "h1", "a"}}, "", time.Minute, map[string]Doubt{"e1 a": {Claimed, "h1"}, "h1 a": {Claimed, "e1"}},
		},
		"an edge that claims a host's guest is doubted": {
			[]say{{0, "h1", "a"}, {time.Hour, "edge e1", "a"}}, "", time.Hour + 1, map[string]Doubt{"e1 a": {Claimed, "h1"}, "h1 a": {}},
		},
		"whoever is an edge no more shares nothing": {
			[]say{{0, "edge e1", "a"}, {0, "edge e2", "a"}, {time.Minute, "e2", "a"}}, "", time.Hour, map[string]Doubt{"e1 a": {Claimed, "e2"}, "e2 a": {Claimed, "e1"}},
		},
		"a guest that left is believed a while though settings name it": {
			[]say{{0, "h1", "a"}, {time.Hour, "h2", "a"}, {time.Hour + 1, "h1", "A"}}, "", time.Hour + 2, map[string]Doubt{"h1 a": {}, "h2 a": {}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var x claims
			zero := time.Unix(0, 0)
			for _, s := range c.says {
				var has, named []evenkeel.AssetID
				for _, r := range s.has {
					if r < 'a' {
						named = append(named, evenkeel.AssetID(r+'a'-'A'))
					} else {
						has = append(has, evenkeel.AssetID(r))
					}
				}
				x.take(strings.TrimPrefix(s.host, "edge "), strings.HasPrefix(s.host, "edge "), has, named, zero.Add(s.after))
			}
			for who, want := range c.want {
				var host, guest string
				if _, err := fmt.Sscan(who, &host, &guest); err != nil {
					t.Fatal(err)
				}
				if got := x.doubt(host, evenkeel.AssetID(guest), zero.Add(c.at), func(h string) bool { return h != c.silent }); got != want {
					t.Errorf("%s: %+v; expected %+v", who, got, want)
				}
			}
		})
	}
}

// Whatever hosts say, and when: of those that have a guest at a port now at most one is believed about it, and one that has it
// alone is.
func TestOfHostsThatHaveAGuestNowAtMostOneIsBelieved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x claims
		now, hosts, guests := time.Unix(0, 0), []string{"h1", "h2", "h3"}, []evenkeel.AssetID{"a", "b"}
		has := map[string][]evenkeel.AssetID{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, settled, Recent / 2, Recent}).Draw(t, "later"))
			h := rapid.SampledFrom(hosts).Draw(t, "host")
			has[h] = rapid.SliceOfNDistinct(rapid.SampledFrom(guests), 0, 2, rapid.ID).Draw(t, "has")
			x.take(h, false, has[h], nil, now)
			for _, a := range guests {
				believed, have := 0, 0
				for _, h := range hosts {
					if slices.Contains(has[h], a) {
						if have++; x.doubt(h, a, now, func(string) bool { return true }) == (Doubt{}) {
							believed++
						}
					}
				}
				if believed > 1 || have == 1 && believed != 1 {
					t.Fatalf("of %d hosts that have %s %d are believed", have, a, believed)
				}
			}
		}
	})
}

func TestAHostThatClaimsEverNewGuestsIsRememberedWithinBounds(t *testing.T) {
	var x claims
	many := make([]evenkeel.AssetID, MaxHolds)
	for round := range 4 {
		for i := range many {
			many[i] = evenkeel.AssetID(fmt.Sprintf("vm-%d-%d", round, i))
		}
		x.take("h", false, many, nil, time.Unix(int64(round), 0))
	}
	if n := len(x.by["h"]); n > 2*MaxHolds || len(x.of) != n {
		t.Errorf("%d claims, %d guests; expected at most %d", n, len(x.of), 2*MaxHolds)
	}
	x.take("h", false, nil, nil, time.Unix(4, 0))
	x.take("h", false, nil, nil, time.Unix(5, 0).Add(Recent))
	if len(x.by["h"]) != 0 || len(x.of) != 0 {
		t.Errorf("%d claims stay", len(x.by["h"]))
	}
}

func TestNothingIsKnownOfAHostBeforeItSaysWhatItHolds(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	if _, err := c.Doubts("host-1", []evenkeel.AssetID{"vm-1"}); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("%v; expected that nobody knows", err)
	}
	startAgent(t, AgentOptions{Dir: dir, About: func() About {
		return About{Holds: []evenkeel.AssetID{"vm-1", "vm-2"}, Named: []evenkeel.AssetID{"vm-2"}, Watches: []evenkeel.AssetID{"hv-1"}}
	}}, obeyed)
	c.until("it has said", func() bool { return len(c.Holders("vm-1")) == 1 })
	got, err := c.Doubts("host-1", []evenkeel.AssetID{"vm-1", "vm-2", "hv-1", "vm-3"})
	if want := []Doubt{{}, {}, {}, {Why: NotHeld}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; expected %+v", got, err, want)
	}
	if c.Holders("hv-1") != nil {
		t.Error("a machine that is only watched is held: orders would go there")
	}
	c.presence.mu.Lock()
	defer c.presence.mu.Unlock()
	if named := c.presence.claims.by["host-1"]["vm-2"]; named == nil || named.has || !named.named {
		t.Errorf("%+v; expected that it is only named", named)
	}
}
