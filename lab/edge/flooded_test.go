package edge

import (
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Child()
	os.Exit(m.Run())
}

// small is a course of a few seconds against what has no defence.
func small(letters ...string) Course {
	c := Short()
	c.Calm, c.Attack, c.After, c.Limit = 1500*time.Millisecond, 2*time.Second, time.Second, 1500*time.Millisecond
	c.Sites, c.Contenders, c.Letters = 4, []Contender{Proxy()}, letters
	return c
}

func TestAFloodIsFeltWhereNothingDefendsAndNotWithoutIt(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
	c := small("b")
	list, err := c.Run(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + Table(list))
	flood := list[0]
	if g := flood.CalmAttacked.Goodput(); g < 0.95 {
		t.Errorf("before the attack %v of the requests were answered in time; expected nearly all: %+v", g, flood.CalmAttacked)
	}
	if g := flood.Attacked.Goodput(); g > 0.6 {
		t.Errorf("under an attack that nothing stops %v of the requests were answered in time; expected few: %+v", g, flood.Attacked)
	}
	if flood.Flood.Made < 1000 || flood.Offered < 500 {
		t.Errorf("%d requests of the attack were made, %d came to the site; expected 2000", flood.Flood.Made, flood.Offered)
	}
	if flood.PerKilo <= 0 || flood.Memory <= 0 {
		t.Errorf("the contender used %v s for 1,000 requests and %d bytes; expected some", flood.PerKilo, flood.Memory)
	}
}

func TestTwoMeasurementsAtOnceAreRefused(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, err := Alone()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Alone(); err == nil {
		t.Error("a second one begins beside the first")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Alone()
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.Close()
}
