package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bar draws how far something is, in one line of a terminal; elsewhere it draws nothing.
type bar struct {
	out   io.Writer
	now   func() time.Time
	drawn time.Time
	shown bool
}

// newBar returns a bar for a process; nil where standard error is no terminal.
func newBar(p *process) *bar {
	if !p.terminal {
		return nil
	}
	return &bar{out: p.stderr, now: p.now}
}

// show draws at most ten times a second.
func (b *bar) show(what string, done, total int64) {
	if b == nil || b.now().Sub(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn, b.shown = b.now(), true
	fmt.Fprintf(b.out, "\r\x1b[K%s", barText(what, done, total))
}

func barText(what string, done, total int64) string {
	if total <= 0 {
		return fmt.Sprintf("%-8s %s", what, amount(done))
	}
	const width = 30
	share := min(float64(done)/float64(total), 1)
	full := int(share * width)
	return fmt.Sprintf("%-8s [%s%s] %3.0f %%", what, strings.Repeat("#", full), strings.Repeat(".", width-full), share*100)
}

// clear takes the bar away, before anything else is written.
func (b *bar) clear() {
	if b != nil && b.shown {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.shown = false
	}
}

// amount writes a number with commas between thousands.
func amount[N int | int64 | uint64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// several writes a number and its noun.
func several[N int | int64 | uint64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return amount(n) + " " + one + "s"
}
