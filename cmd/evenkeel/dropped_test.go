package main

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/edge"
)

func TestStatusSaysWhatTheKernelDrops(t *testing.T) {
	until := evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		d    *edge.Dropped
		want string
	}{
		{nil, ""},
		{&edge.Dropped{Why: "this process lacks CAP_NET_ADMIN"}, "nothing is dropped in the kernel: this process lacks CAP_NET_ADMIN\n"},
		{&edge.Dropped{Way: "nftables", Addresses: 1, Packets: 1}, "dropped in the kernel by nftables: 1 address, 1 packet\n"},
		{&edge.Dropped{Way: "XDP at eth0", Addresses: 2, Packets: 3, Rulings: map[string]uint64{"several machines": 4, "dropped": 5}, Stopped: until},
			"dropped in the kernel by XDP at eth0: 2 addresses, 3 packets; dropped 5; several machines 4; very many were to be dropped, so none is until " + at(until) + "\n"},
	} {
		var b strings.Builder
		if writeDropped(&b, c.d); b.String() != c.want {
			t.Errorf("%q; expected %q", b.String(), c.want)
		}
	}
}
