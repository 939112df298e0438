package wire

import (
	"net/netip"

	"github.com/evenkeel/evenkeel"
)

// The five counters by which CESNET's NEMEA miner_detector (README of its module) scores what one
// machine sends to one port of another, without its payload and without a list of pools: a miner says
// little, in small packets, now and then, and for long. It reads flows as an exporter cuts them: a
// pause of half a minute ends one, and five minutes do.
const (
	flowPause  = evenkeel.Moment(30e9)
	flowActive = evenkeel.Moment(300e9)

	// liveConnections is how many of a guest are followed. One that is silent for longer than
	// forgetAfter gives its place to another; one that did not last for settled does as soon as a pause
	// would end its flow, and one that spoke in one second only after once.
	liveConnections = MostTalks
	forgetAfter     = evenkeel.Moment(300e9)
	settled         = evenkeel.Moment(60e9)
	once            = evenkeel.Moment(10e9)

	linkBytes = 14 // flows count bytes of IP, and the port those of Ethernet

	mostPoints = 10
)

// connections are those of one guest that go on.
type connections struct {
	live [liveConnections]connection
	turn evenkeel.Moment // the last five minutes that were scored
}

type connection struct {
	address     netip.Addr
	port        uint16
	first, last evenkeel.Moment // 0: nobody has the place
	cut         evenkeel.Moment // when the present flow began
	flows       uint64
	plain       uint64 // flows without a SYN, the first one taken for one
	opened      bool   // the present flow has a SYN and is not the first
	packets     uint64
	bytes       uint64
}

// saw notes what was said in a second.
func (c *connections) saw(at evenkeel.Moment, talks *[MostTalks]Destination) {
	for i := range talks {
		if d := &talks[i]; d.Packets > 0 {
			c.one(at, d)
		}
	}
}

// order is 0 where a connection has a place, and 1 where it has none.
func (c *connections) order(a netip.Addr, port uint16) int {
	for i := range c.live {
		if x := &c.live[i]; x.first != 0 && x.port == port && x.address == a {
			return 0
		}
	}
	return 1
}

func (c *connections) one(at evenkeel.Moment, d *Destination) {
	var free *connection
	for i := range c.live {
		x := &c.live[i]
		if x.first != 0 && x.address == d.Address && x.port == d.Port && at-x.last <= forgetAfter {
			x.add(at, d)
			return
		}
		if free == nil && x.over(at) {
			free = x
		}
	}
	if free != nil {
		*free = connection{address: d.Address, port: d.Port, first: at, last: at, cut: at, flows: 1, plain: 1}
		free.add(at, d)
	}
}

// over says whether another may have the place.
func (x *connection) over(at evenkeel.Moment) bool {
	switch silent, lasted := at-x.last, x.last-x.first; {
	case x.first == 0, silent > forgetAfter:
		return true
	case lasted == 0:
		return silent > once
	default:
		return silent > flowPause && lasted < settled
	}
}

func (x *connection) add(at evenkeel.Moment, d *Destination) {
	if at-x.last > flowPause || at-x.cut >= flowActive {
		x.cut, x.opened = at, false
		x.flows++
		x.plain++
	}
	if d.Syns > 0 && x.flows > 1 && !x.opened {
		x.opened = true
		x.plain--
	}
	x.last = at
	x.packets += d.Packets
	x.bytes += d.Bytes
}

// points is the score of a connection that goes on for five minutes; not ok before.
func (x *connection) points() (n int, ok bool) {
	active := x.last - x.first
	if x.first == 0 || active < flowActive {
		return 0, false
	}
	n = 3 // it goes on for more than five minutes
	if x.plain*5 > x.flows*4 {
		n += 2
	}
	if each := (x.bytes - min(x.bytes, linkBytes*x.packets)) / x.packets; each >= 50 && each <= 130 {
		n += 2
	}
	if x.packets < 10*x.flows || x.packets > 20*x.flows {
		n++
	}
	if m := x.packets * uint64(minute); m >= 8*uint64(active) && m <= 30*uint64(active) {
		n += 2
	}
	return n, true
}

// score returns, once in five minutes, the highest score of the connections that have gone on for as
// long, and whose it is. At the end of what is seen it is asked for at once.
func (c *connections) score(at evenkeel.Moment, end bool) (most int, of connection, ok bool) {
	turn := at / flowActive
	if turn == c.turn && !end {
		return 0, of, false
	}
	c.turn = turn
	for i := range c.live {
		x := &c.live[i]
		if at-x.last > forgetAfter {
			continue
		}
		if n, scored := x.points(); scored && (!ok || n > most) {
			most, of, ok = n, *x, true
		}
	}
	return most, of, ok
}
