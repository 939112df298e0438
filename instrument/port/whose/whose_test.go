package whose

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/port"
)

func pattern(t *testing.T, name, kind, asset string) Pattern {
	t.Helper()
	p, err := NewPattern(name, kind, asset)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPatternFindsTheGuestInTheNameOfAnInterface(t *testing.T) {
	for _, c := range []struct{ name, kind, asset, at, of, want string }{
		{"tap-{guest}", "", "", "tap-web1", "tun", "web1"},
		{"tap-{guest}", "", "vm-{guest}", "tap-7", "tun", "vm-7"},
		{"tap{guest}i?", "", "vm-{guest}", "tap104i0", "tun", "vm-104"},
		{"tap{guest}i?", "", "vm-{guest}", "tap104", "tun", ""},
		{"veth*-{guest}", "veth", "", "veth3-a", "veth", "a"},
		{"veth*-{guest}", "veth", "", "veth3-a", "tun", ""},
		{"veth*-{guest}", "veth", "", "veth-3-a", "veth", ""}, // 3-a, or a
		{"{guest}", "veth", "pod-{guest}", "eth0", "veth", "pod-eth0"},
		{"tap-{guest}", "", "", "tap-", "tun", ""},
		{"tap-{guest}", "", "", "xtap-1", "tun", ""},
	} {
		got, ok := pattern(t, c.name, c.kind, c.asset).Guest(port.Place{Name: c.at, Kind: c.of})
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s %s at %s %s is %q, %t; want %q", c.name, c.kind, c.at, c.of, got, ok, c.want)
		}
	}
}

func TestABadPatternSaysWhatWasExpected(t *testing.T) {
	for _, c := range []struct{ name, kind, asset, want string }{
		{"tap", "", "", "expected {guest} once in the name"},
		{"{guest}{guest}", "", "", "expected {guest} once in the name"},
		{"{guest}", "", "", "every interface of the host"},
		{"tap[{guest}", "", "", "is no pattern"},
		{"tap{guest}", "", "vm", "expected {guest} once in what they are called"},
	} {
		if _, err := NewPattern(c.name, c.kind, c.asset); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q %q: %v; want %q", c.name, c.kind, c.asset, err, c.want)
		}
	}
}

func TestWhatIsMoreCertainSaysWhoseAPortIs(t *testing.T) {
	mac := [6]byte{0x52, 0x54, 0, 1, 2, 3}
	guests := []Guest{
		{Asset: "by-name", Ports: []string{"tap-x"}}, {Asset: "by-mac", MACs: [][6]byte{mac}}, {Asset: "twin", Ports: []string{"tap-t"}}, {Asset: "twin2", Ports: []string{"tap-t"}},
	}
	b, err := NewBook([]string{"eth*", "br0"}, []Pattern{pattern(t, "tap-{guest}", "", "")}, guests, []Claim{{"tap-x", "claimed", "libvirt"}, {"tap-y", "claimed", "libvirt"}, {"tap-c", "c1", "libvirt"}, {"tap-c", "c2", "libvirt"}})
	if err != nil {
		t.Fatal(err)
	}
	tap := mac
	tap[0] = 0xfe
	for _, c := range []struct {
		at        port.Place
		want, why string
	}{
		{port.Place{Name: "tap-x", MAC: mac}, "by-name", ""},
		{port.Place{Name: "tap-y", MAC: mac}, "claimed", ""},
		{port.Place{Name: "tap-z", MAC: tap}, "by-mac", ""},
		{port.Place{Name: "tap-z"}, "z", ""},
		{port.Place{Name: "tap-t"}, "", "it is named as a port of twin and of twin2: name it as a port of one guest"},
		{port.Place{Name: "tap-c"}, "", "it could be of c1 or c2: name its interface, as ports of the guest"},
		{port.Place{Name: "eth0", MAC: mac}, "", "the host's own"},
		{port.Place{Name: "lo"}, "", "the host's own"},
		{port.Place{Name: "dummy0"}, "", "no guest is known"},
	} {
		if got, why := b.Of(c.at); got != c.want || !strings.Contains(why, c.why) || (why == "") != (got != "") {
			t.Errorf("%+v is of %q (%s); want %q (%s)", c.at, got, why, c.want, c.why)
		}
	}
	if _, err := NewBook(nil, nil, []Guest{{Asset: "a"}, {Asset: "a"}}, nil); err == nil {
		t.Error("a guest that is there twice is taken")
	}
	if g := b.Guest("nobody"); g.Asset != "nobody" || len(g.Ports) != 0 {
		t.Errorf("of a guest about which nothing is known there is %+v", g)
	}
}

func TestAPortIsKeptOnlyForOneOfThoseWhoseItCouldBe(t *testing.T) {
	b, err := NewBook([]string{"eth0"}, []Pattern{pattern(t, "p{guest}", "", "")}, nil, []Claim{{"ve1", "a", "c"}, {"ve1", "b", "c"}, {"ve2", "a", "c"}, {"eth0", "a", "c"}, {"eth0", "b", "c"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ port, keep, want string }{
		{"ve1", "a", "a"}, {"ve1", "b", "b"}, {"ve1", "c", ""}, {"ve1", "", ""},
		{"ve2", "b", "a"}, {"eth0", "a", ""}, {"px", "a", "x"}, {"ve9", "a", ""},
	} {
		at := port.Place{Name: c.port, Index: 7}
		if got, _ := b.Keep(map[int]string{7: c.keep, 8: "b"}).Of(at); got != c.want {
			t.Errorf("%s kept for %q is of %q; expected %q", c.port, c.keep, got, c.want)
		}
	}
	if got, _ := b.Of(port.Place{Name: "ve1", Index: 7}); got != "" {
		t.Errorf("the book itself says %q now", got)
	}
}

func TestTheSequenceInWhichGuestsAreToldDoesNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 4, rapid.ID).Draw(t, "guests")
		of := func(names []string) (out []Guest) {
			for _, n := range names {
				out = append(out, Guest{Asset: n, Ports: []string{"tap-" + n[:1], "tap-shared"}[:1+len(n)%2]})
			}
			return out
		}
		turned := rapid.Permutation(names).Draw(t, "turned")
		x, err := NewBook(nil, nil, of(names), nil)
		if err != nil {
			t.Fatal(err)
		}
		y, err := NewBook(nil, nil, of(turned), nil)
		if err != nil {
			t.Fatal(err)
		}
		at := port.Place{Name: rapid.SampledFrom([]string{"tap-a", "tap-b", "tap-shared", "z"}).Draw(t, "at")}
		a1, w1 := x.Of(at)
		if a2, w2 := y.Of(at); a1 != a2 || w1 != w2 {
			t.Fatalf("%q %q, turned %q %q", a1, w1, a2, w2)
		}
	})
}

// What is looked up says what going through all guests says.
func TestAPortIsOfWhomAllGuestsTogetherSayItIs(t *testing.T) {
	names, bytes := []string{"tap0", "tap1", "vnet0"}, []byte{0x52, 0xfe, 0x02}
	rapid.Check(t, func(t *rapid.T) {
		mac := rapid.Custom(func(t *rapid.T) [6]byte {
			return [6]byte{rapid.SampledFrom(bytes).Draw(t, "first"), 0x54, 0, 0, 0, byte(rapid.IntRange(0, 2).Draw(t, "last"))}
		})
		var guests []Guest
		var claims []Claim
		for i := range rapid.IntRange(0, 5).Draw(t, "guests") {
			g := Guest{Asset: "vm-" + string(rune('a'+i)), MACs: rapid.SliceOfN(mac, 0, 2).Draw(t, "cards")}
			g.Ports = rapid.SliceOfN(rapid.SampledFrom(names), 0, 1).Draw(t, "ports")
			guests = append(guests, g)
			if rapid.Bool().Draw(t, "claimed") {
				claims = append(claims, Claim{rapid.SampledFrom(names).Draw(t, "claims"), g.Asset, "libvirt"})
			}
		}
		b, err := NewBook(nil, nil, guests, claims)
		if err != nil {
			t.Fatal(err)
		}
		at := port.Place{Name: rapid.SampledFrom(names).Draw(t, "name"), MAC: mac.Draw(t, "mac")}
		ranks := [3]map[string]bool{{}, {}, {}}
		for _, g := range guests {
			ranks[0][g.Asset] = slices.Contains(g.Ports, at.Name)
			ranks[1][g.Asset] = slices.ContainsFunc(claims, func(c Claim) bool { return c.Port == at.Name && c.Asset == g.Asset })
			ranks[2][g.Asset] = slices.ContainsFunc(g.MACs, func(m [6]byte) bool { return sameMAC(m, at.MAC) })
		}
		want := ""
		for _, rank := range ranks {
			var found []string
			for asset, is := range rank {
				if is {
					found = append(found, asset)
				}
			}
			if len(found) == 1 {
				want = found[0]
			}
			if len(found) > 0 {
				break
			}
		}
		if got, why := b.Of(at); got != want {
			t.Fatalf("%+v is of %q (%s); want %q", at, got, why, want)
		}
	})
}
