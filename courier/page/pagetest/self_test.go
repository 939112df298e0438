package pagetest

import (
	"testing"

	"github.com/evenkeel/evenkeel/courier/page"
)

func TestAListInMemory(t *testing.T) {
	RunList(t, func(*testing.T) (page.List, func(page.Call)) {
		m := &Memory{}
		return m, func(c page.Call) { m.Put(c) }
	})
}

func TestAPhone(t *testing.T) {
	RunChannel(t, func(*testing.T) Bench {
		p := &Phone{}
		return Bench{Channel: p, Shown: p.Shown, Refuse: func() { p.Refuse(true) }, Hang: func() { p.Hang(true) }, Once: true}
	})
}
