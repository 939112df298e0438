package share

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// cursor reads a message; after a fault it reads zeros.
type cursor struct {
	b   []byte
	err error
}

func (c *cursor) wrong(format string, args ...any) {
	if c.err == nil {
		c.err = evenkeel.Invalid("message of an edge: "+format, args...)
		c.b = nil
	}
}

func (c *cursor) bytes(n int) []byte {
	if len(c.b) < n {
		c.wrong("it ends where %d bytes more were expected", n-len(c.b))
		return make([]byte, n)
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

// number reads one of 0 to most, in its shortest form.
func (c *cursor) number(what string, most uint64) uint64 {
	n, size := binary.Uvarint(c.b)
	switch {
	case c.err != nil:
		return 0
	case size <= 0 || size > 1 && c.b[size-1] == 0:
		c.wrong("%s cannot be read; expected a number in its shortest form", what)
		return 0
	case n > most:
		c.wrong("%s is %d; expected at most %d", what, n, most)
		return 0
	}
	c.b = c.b[size:]
	return n
}

// count reads how many follow, of at least so many bytes each: what it claims is not believed beyond what is there.
func (c *cursor) count(what string, most, each int) int {
	n := int(c.number(what, uint64(most)))
	if n*each > len(c.b) {
		c.wrong("%s is %d, in %d bytes; expected at least %d bytes each", what, n, len(c.b), each)
		return 0
	}
	return n
}

func (c *cursor) ms(what string) time.Duration {
	return time.Duration(c.number(what, uint64(mostAge/time.Millisecond))) * time.Millisecond
}

func (c *cursor) key() Key { return Key(binary.BigEndian.Uint64(c.bytes(8))) }

func (c *cursor) address() netip.Addr { return netip.AddrFrom16([16]byte(c.bytes(16))).Unmap() }

// Parse reads a message into m, whose slices are used again. On an error, of KindInvalid, m is of no use.
func Parse(b []byte, m *Message) error {
	if len(b) > MaxMessage {
		return evenkeel.Invalid("message of an edge: %d bytes; expected at most %d", len(b), MaxMessage)
	}
	c := cursor{b: b}
	if f := c.bytes(1)[0]; f != form {
		c.wrong("form %d; expected %d: are the edges of one version?", f, form)
	}
	const any = 1<<64 - 1
	m.Life, m.Seq, m.Beat = c.number("its life", any), c.number("its sequence", any), c.number("its second", any)
	m.Clock = int64(c.number("its clock", 1<<62))
	m.Weight = uint16(c.number("its weight", MaxWeight))
	m.Part = float64(c.number("its part", mostParts)) / mostParts
	m.Age = c.ms("its age")
	if c.err == nil && (m.Seq == 0 || m.Weight == 0) {
		c.wrong("sequence %d, weight %d; expected 1 or more of each", m.Seq, m.Weight)
	}
	m.Hears, m.Seeds = c.names(m.Hears), c.seeds(m.Seeds)
	m.Sites = m.Sites[:0]
	for range c.count("the number of sites", MaxSites, 10) {
		m.Sites = append(m.Sites, c.site())
	}
	m.Used = m.Used[:0]
	for range c.count("the number of used answers", MaxUsed, 8+len(Used{}.Used)) {
		u := Used{Key: c.key()}
		copy(u.Used[:], c.bytes(len(u.Used)))
		m.Used = append(m.Used, u)
	}
	m.Bans = m.Bans[:0]
	for range c.count("the number of bans", MaxBans, 25) {
		m.Bans = append(m.Bans, Ban{c.key(), c.address(), c.ms("how long a ban lasts")})
	}
	m.Pardons = m.Pardons[:0]
	for range c.count("the number of pardons", MaxBans, 17) {
		m.Pardons = append(m.Pardons, Pardon{c.address(), c.ms("the age of a pardon")})
	}
	m.Stops = m.Stops[:0]
	for range c.count("the number of stops", MaxStops, 10) {
		m.Stops = append(m.Stops, Stop{c.key(), c.number("the stamp of a stop", 1<<62), c.ms("how long a stop lasts")})
	}
	m.Passes = m.Passes[:0]
	for range c.count("the number of passes", MaxPasses, 10) {
		m.Passes = append(m.Passes, Pass{c.key(), uint16(c.number("the place of a pass", 1<<16-1)), uint16(c.number("the uses of a pass", 1<<16-1))})
	}
	if c.err == nil && len(c.b) > 0 {
		c.wrong("%d bytes after its end; expected none", len(c.b))
	}
	return c.err
}

func (c *cursor) names(into []string) []string {
	n := c.number("the number of edges heard", MaxEdges+1)
	if n == 0 || c.err != nil {
		return nil
	}
	was := into
	if into = into[:0]; into == nil {
		into = []string{}
	}
	for i := range int(n) - 1 {
		name := c.bytes(int(c.number("the length of a name", MaxName)))
		if i < len(was) && was[i] == string(name) { // as the last time: nothing is allocated
			into = append(into, was[i])
			continue
		}
		if err := CheckName(string(name)); err != nil && c.err == nil {
			c.err = err
		}
		into = append(into, string(name))
	}
	return into
}

func (c *cursor) seeds(into []uint64) []uint64 {
	n := c.number("the number of seeds", MaxSeeds+1)
	if n == 0 || c.err != nil {
		return nil
	}
	if into = into[:0]; into == nil {
		into = []uint64{}
	}
	for range int(n) - 1 {
		into = append(into, binary.BigEndian.Uint64(c.bytes(8)))
	}
	return into
}

func (c *cursor) site() (s Site) {
	s.Key = c.key()
	s.Stage = stage.Stage(c.bytes(1)[0])
	if s.Stage > stage.Page {
		c.wrong("stage %d; expected at most %d", s.Stage, stage.Page)
	}
	mask, i := c.number("a mask", 1<<figures-1), 0
	s.figures(func(uint64) uint64 {
		i++
		if mask>>(i-1)&1 == 0 {
			return 0
		}
		n := c.number("a figure", 1<<63)
		if n == 0 {
			c.wrong("a figure that is said is 0; expected it to be left out")
		}
		return n
	})
	return s
}

// CheckName says what is wrong with the name of an edge.
func CheckName(name string) error {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return evenkeel.Invalid("name of an edge of %d bytes; expected 1 to %d", len(name), MaxName)
	}
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.') {
			return evenkeel.Invalid("name of an edge %.70q; expected small letters, digits, - and . such as edge-1", name)
		}
	}
	return nil
}
