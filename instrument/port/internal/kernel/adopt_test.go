//go:build linux

package kernel

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// TestAnotherVersionOfTheProgramsTakesTheirPlace lets the programs of a process before see nothing.
func TestAnotherVersionOfTheProgramsTakesTheirPlace(t *testing.T) {
	for _, o := range []Options{{}, {XDP: true}} {
		h := newHouse(t)
		dir := pins(t)
		options := small(dir)
		options.XDP = o.XDP
		k, err := Open(options)
		if err != nil {
			t.Fatal(err)
		}
		get := h.serve()
		a := h.attach(k)
		for _, way := range []string{"out", "in"} {
			spec := ebpf.ProgramSpec{Type: ebpf.SchedCLS, License: "GPL"}
			pass := int32(-1) // TCX_NEXT
			if way == "out" && o.XDP {
				spec.Type, spec.AttachType, pass = ebpf.XDP, ebpf.AttachXDP, 2
			}
			spec.Instructions = asm.Instructions{asm.Mov.Imm(asm.R0, pass), asm.Return()}
			old, err := ebpf.NewProgram(&spec)
			if err != nil {
				t.Fatal(err)
			}
			defer old.Close()
			l, err := link.LoadPinnedLink(k.pin(a.Slot, way), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := l.Update(old); err != nil {
				t.Fatal(err)
			}
		}
		before := totalsOf(t, k, a.Slot)
		if err := get(); err != nil {
			t.Fatal(err)
		}
		if c := totalsOf(t, k, a.Slot); c.PacketsOut != before.PacketsOut {
			t.Fatal("what sees nothing has counted")
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		k = open(t, options)
		if len(k.Ports()) != 1 || len(k.Ports()[0].Notes) != 0 {
			t.Fatalf("%+v; expected one port, and nothing to note", k.Ports())
		}
		if err := get(); err != nil {
			t.Fatal(err)
		}
		if c := totalsOf(t, k, a.Slot); c.PacketsOut == before.PacketsOut || c.PacketsIn == before.PacketsIn {
			t.Errorf("XDP %v: %d packets out and %d in, %d and %d before; expected that they are counted", o.XDP, c.PacketsOut, c.PacketsIn, before.PacketsOut, before.PacketsIn)
		}
	}
}
