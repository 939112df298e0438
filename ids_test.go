package evenkeel_test

import (
	"hash/fnv"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// TestPartitionsNeverChange: stored state and the intake stream are laid out by these
// numbers. If this test fails, the code is wrong, not the table.
func TestPartitionsNeverChange(t *testing.T) {
	if evenkeel.Partitions != 64 {
		t.Fatalf("there are %d partitions; expected 64 for ever", evenkeel.Partitions)
	}
	for key, want := range map[string]int{
		"":                                     37,
		"a":                                    12,
		"vm-1":                                 38,
		"vm-2":                                 51,
		"t-1":                                  1,
		"raisup":                               25,
		"i-0123456789abcdef0":                  21,
		"6f1c2a2e-7d0f-4b8e-9a54-0c6f3f5a9d11": 15,
		"机器-七":                                 51,
		strings.Repeat("x", evenkeel.MaxID):    37,
	} {
		if got := evenkeel.PartitionOf(key); got != want {
			t.Errorf("partition of %.40q: got %d; expected %d", key, got, want)
		}
	}
}

func TestPartitionIsFNV1a(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Draw(t, "key")
		h := fnv.New64a()
		h.Write([]byte(key))
		if got, want := evenkeel.PartitionOf(key), int(h.Sum64()%64); got != want {
			t.Fatalf("partition of %q: got %d; expected %d", key, got, want)
		}
	})
}

func TestPartitionsAreEven(t *testing.T) {
	const keys = 64_000
	var n [evenkeel.Partitions]int
	for i := range keys {
		n[evenkeel.PartitionOf("vm-"+strconv.Itoa(i))]++
	}
	for p, got := range n {
		if got < 800 || got > 1200 {
			t.Errorf("partition %d has %d of %d keys; expected about 1,000", p, got, keys)
		}
	}
}

func TestIDsAreOpaqueButBounded(t *testing.T) {
	for _, c := range []struct {
		name, id, says string
	}{
		{"one byte", "a", ""},
		{"the longest", strings.Repeat("x", 256), ""},
		{"any script", "机器-七", ""},
		{"spaces and slashes", "project a/vm 7", ""},
		{"empty", "", "asset is empty; expected 1 to 256 bytes"},
		{"a byte too long", strings.Repeat("x", 257), "asset has 257 bytes; expected at most 256"},
		{"short in characters, long in bytes", strings.Repeat("机", 86), "asset has 258 bytes; expected at most 256"},
		{"not UTF-8", "vm-\xff", "asset is not valid UTF-8"},
		{"a line break", "vm-1\nvm-2", `asset "vm-1\nvm-2" has a control character`},
		{"a zero byte", "vm\x00", `asset "vm\x00" has a control character`},
		{"a control character beyond ASCII", "vm\u0085", `asset "vm\u0085" has a control character`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := evenkeel.CheckID("asset", c.id)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("got %v; expected no error", err)
			case c.says != "" && (err == nil || err.Error() != c.says):
				t.Errorf("got %v; expected %q", err, c.says)
			case c.says != "" && evenkeel.KindOf(err) != evenkeel.KindInvalid:
				t.Errorf("got an error of kind %v; expected invalid", evenkeel.KindOf(err))
			}
		})
	}
}

func TestSubjectReadsAsAPhrase(t *testing.T) {
	for want, s := range map[string]evenkeel.Subject{
		"asset vm-17":       {Kind: evenkeel.SubjectAsset, Asset: "vm-17", Tenant: "t-1"},
		"tenant t-1":        {Kind: evenkeel.SubjectTenant, Tenant: "t-1"},
		"principal u of t1": {Kind: evenkeel.SubjectPrincipal, Tenant: "t1", Principal: "u"},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q; expected %q", got, want)
		}
	}
}

func TestPartitionOfDoesNotAllocate(t *testing.T) {
	key, sum := "i-0123456789abcdef0", 0
	if n := testing.AllocsPerRun(100, func() { sum += evenkeel.PartitionOf(key) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
