package ternary

import (
	"flag"
	"os"
	"sync"
	"testing"
)

// TestMain runs the properties over more cases than rapid's default of 100, unless the flag asks otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("1000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestScopeAndExprAreSharedByGoroutines(t *testing.T) {
	s := testScope(t)
	x, err := s.Compile(`name.matches("^work") && cpu.mean > 0.5`, BoolType)
	if err != nil {
		t.Fatal(err)
	}
	slots := given(t, s, ordinary)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			y, err := s.Compile(fiveClauses, BoolType)
			if err != nil || y.Test(slots) != Undecided || x.Test(slots) != True {
				t.Errorf("compiled beside others: %v", err)
			}
		})
	}
	all.Wait()
}
