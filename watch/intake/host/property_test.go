package host

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

var paths = []string{
	"/usr/sbin/sshd", "/root/.ssh/authorized_keys", "/etc/crontab", "/etc/ld.so.preload", "/var/log/auth.log", "/etc/hostname",
	"/usr/sbin/iptables", "/usr/sbin/nft", "/tmp/x", "/var/lib/dpkg/info/a.md5sums", "overlay",
}

var lines = []string{"/usr/bin/bash", "/usr/bin/dpkg -i x", "/usr/sbin/iptables -F", "/usr/sbin/nft flush ruleset", "/usr/bin/cloud-init", "/usr/sbin/logrotate", "/tmp/x"}

// drawn is any run of observations, a few assets, times that go forward.
func drawn(t *rapid.T) []Observation {
	at := noon
	n := rapid.IntRange(0, 200).Draw(t, "observations")
	all := make([]Observation, n)
	for i := range all {
		at = at.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
		all[i] = Observation{
			At: at, Asset: rapid.SampledFrom([]evenkeel.AssetID{"vm-1", "vm-2", "vm-3"}).Draw(t, "asset"),
			Act:  Act(rapid.IntRange(1, int(ActFirewall)).Draw(t, "act")),
			Path: rapid.SampledFrom(paths).Draw(t, "path"), Taints: rapid.SampledFrom([]string{"", "OE", "P"}).Draw(t, "taints"),
			Answer: Answer(rapid.IntRange(0, 2).Draw(t, "answer")),
			By:     by(rapid.SampledFrom(lines).Draw(t, "by"), rapid.SampledFrom(lines).Draw(t, "parent")),
		}
		all[i].By.Gone = rapid.IntRange(0, 9).Draw(t, "gone") == 0
	}
	return all
}

// watchAll plays observations as a sensor does.
func watchAll(l *Lookout, all []Observation) *evenkeel.Batch {
	b := evenkeel.NewBatch("host-1", 0)
	for i := range all {
		l.Due(all[i].At, b)
		l.Observe(&all[i], b)
	}
	if len(all) > 0 {
		l.Due(all[len(all)-1].At.Add(time.Hour), b)
	}
	return b
}

func TestEveryObservationIsInOneCountAndOneSignTellsSoMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t)
		s := &shelf{filtering: Answer(rapid.IntRange(0, 2).Draw(t, "filtering")), files: map[string]File{"/usr/sbin/sshd": {There: Yes, Packaged: Answer(rapid.IntRange(0, 2).Draw(t, "packaged"))}}}
		l := NewLookout(Settings{Source: "host-1"}, s)
		b := watchAll(l, all)
		n := l.Tally()
		if n.Observed != int64(len(all)) || n.Waiting != 0 || n.Observed != n.Ordinary+n.Told+n.Merged+n.LeftOut || n.Told != int64(len(b.Records)) {
			t.Fatalf("the tally does not add up: %+v, %d records of %d", n, len(b.Records), len(all))
		}
		again := watchAll(NewLookout(Settings{Source: "host-1"}, s), all)
		if !slices.Equal(b.Records, again.Records) || !slices.Equal(b.Strings, again.Strings) {
			t.Fatal("the same observations gave other records")
		}
		ids, most := map[uint64]bool{}, map[string]int{}
		for i := range b.Records {
			e := b.HostEvent(&b.Records[i])
			if ids[e.ID] || e.At == 0 || e.Asset == "" || len(e.Name) > maxName {
				t.Fatalf("a record that is no good: %+v", e)
			}
			ids[e.ID] = true
			most[string(e.Asset)+e.What]++
			if strings.HasPrefix(e.What, "invalid") {
				t.Fatalf("a record without a word: %+v", e)
			}
		}
		if len(all) == 0 {
			return
		}
		span := all[len(all)-1].At.Sub(all[0].At)
		for sign, n := range most {
			if n > burst+int(span/refill)+1 {
				t.Fatalf("%s was told %d times in %s", sign, n, span)
			}
		}
	})
}

// What is observed of one asset changes nothing of what is told of another.
func TestAssetsAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t)
		s := &shelf{filtering: No}
		one := slices.DeleteFunc(slices.Clone(all), func(o Observation) bool { return o.Asset != "vm-1" })
		words := func(b *evenkeel.Batch) (out []evenkeel.HostEvent) {
			for i := range b.Records {
				if e := b.HostEvent(&b.Records[i]); e.Asset == "vm-1" {
					out = append(out, e)
				}
			}
			slices.SortFunc(out, func(x, y evenkeel.HostEvent) int {
				return strings.Compare(x.At.String()+x.What+x.Name, y.At.String()+y.What+y.Name)
			})
			return out
		}
		// Due is asked at other moments where others are there too, so times may differ by them, and words may not.
		if with, alone := words(watchAll(NewLookout(Settings{}, s), all)), words(watchAll(NewLookout(Settings{}, s), one)); !sameSigns(with, alone) {
			t.Fatalf("with others:\n%v\nalone:\n%v", with, alone)
		}
	})
}

// sameSigns compares which words were told at all.
func sameSigns(x, y []evenkeel.HostEvent) bool {
	set := func(all []evenkeel.HostEvent) map[string]bool {
		out := map[string]bool{}
		for _, e := range all {
			out[e.What] = true
		}
		return out
	}
	a, b := set(x), set(y)
	for w := range a {
		if !b[w] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestWhatIsOrdinaryAllocatesNothing(t *testing.T) {
	l := NewLookout(Settings{}, &shelf{})
	b := evenkeel.NewBatch("host-1", 0)
	o := Observation{At: noon, Asset: "vm-1", Act: ActWritten, Path: "/etc/hostname", By: by(shell, session)}
	l.Observe(&o, b)
	if n := testing.AllocsPerRun(100, func() { l.Observe(&o, b) }); n != 0 {
		t.Errorf("a file that is none of ours allocates %v times", n)
	}
}

func BenchmarkObserveAnOrdinaryFile(b *testing.B) {
	l := NewLookout(Settings{}, &shelf{})
	batch := evenkeel.NewBatch("host-1", 0)
	o := Observation{At: noon, Asset: "vm-1", Act: ActWritten, Path: "/etc/hostname", By: by(shell, session)}
	for b.Loop() {
		l.Observe(&o, batch)
	}
}

func BenchmarkObserveACommand(b *testing.B) {
	l := NewLookout(Settings{}, &shelf{})
	batch := evenkeel.NewBatch("host-1", 0)
	o := Observation{At: noon, Asset: "vm-1", Act: ActExecuted, Path: "/usr/bin/git", By: by("/usr/bin/git status", shell, session)}
	for b.Loop() {
		l.Observe(&o, batch)
	}
}
