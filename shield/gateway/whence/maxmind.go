package whence

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Where in a record of a database of MaxMind's form an AS and a country stand: in those of MaxMind and of those who publish in its form.
var (
	asPaths      = [...][]any{{"autonomous_system_number"}, {"asn"}}
	countryPaths = [...][]any{{"country", "iso_code"}, {"registered_country", "iso_code"}, {"country_code"}, {"country"}}
)

// database goes through a database of MaxMind's form (maxmind.github.io/MaxMind-DB, version 2.0). value reads a record; known is false for one that says nothing.
func database[V any](name string, data []byte, value func(maxminddb.Result) (v V, known bool, err error)) (out networks[V], err error) {
	defer func() {
		if r := recover(); r != nil { // a file that is damaged is a fault of the file
			out, err = nil, fmt.Errorf("%s: it is damaged: %v", name, r)
		}
	}()
	db, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, fmt.Errorf("%s: it is no database of MaxMind's form: %w", name, err)
	}
	defer db.Close()
	err = walk(data, &db.Metadata, func(p netip.Prefix, offset uint) error {
		v, known, err := value(db.LookupOffset(uintptr(offset)))
		if err != nil || !known {
			return err
		}
		if out = append(out, entry[V]{p, v}); len(out) > MaxEntries {
			return fmt.Errorf("there are more than %d networks", MaxEntries)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// separator stands between the tree and the records of a database, in bytes.
const separator = 16

// walk goes through the tree of a database, a node once and no more however often others point at it: so it ends whatever the file says, and
// what is an alias of IPv4 (below 2002::/16 and others) is met where it belongs, below ::/96, which is on the way before.
func walk(data []byte, m *maxminddb.Metadata, leaf func(p netip.Prefix, offset uint) error) error {
	wide, nodes := m.RecordSize/4, m.NodeCount // bytes of a node
	if wide != 6 && wide != 7 && wide != 8 || nodes > uint(len(data))/wide {
		return fmt.Errorf("it is damaged: %d nodes of %d bits do not fit into it", nodes, 2*m.RecordSize)
	}
	most := 128
	if m.IPVersion == 4 {
		most = 32
	}
	type place struct {
		node, depth uint
		address     [16]byte
	}
	seen := make([]uint64, nodes/64+1)
	waiting := []place{{}}
	for len(waiting) > 0 {
		at := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		switch {
		case at.node == nodes: // nothing is known
			continue
		case at.node > nodes:
			if at.node < nodes+separator {
				return fmt.Errorf("it is damaged: a leaf points between tree and records")
			}
			if err := leaf(network(at.address, int(at.depth), most == 32), at.node-nodes-separator); err != nil {
				return err
			}
			continue
		case seen[at.node/64]>>(at.node%64)&1 != 0:
			continue
		case at.depth == uint(most):
			return fmt.Errorf("it is damaged: its tree is deeper than %d", most)
		}
		seen[at.node/64] |= 1 << (at.node % 64)
		left, right := children(data[at.node*wide:][:wide])
		one := at
		one.node, one.depth = right, at.depth+1
		one.address[at.depth/8] |= 0x80 >> (at.depth % 8)
		at.node, at.depth = left, at.depth+1
		waiting = append(waiting, one, at)
	}
	return nil
}

// children are the two records of a node of 24, 28 or 32 bits each.
func children(b []byte) (left, right uint) {
	three := func(b []byte) uint { return uint(b[0])<<16 | uint(b[1])<<8 | uint(b[2]) }
	switch len(b) {
	case 6:
		return three(b), three(b[3:])
	case 7:
		return uint(b[3]>>4)<<24 | three(b), uint(b[3]&15)<<24 | three(b[4:])
	}
	return uint(b[0])<<24 | three(b[1:]), uint(b[4])<<24 | three(b[5:])
}

// network is where a leaf stands: in a database of IPv6, IPv4 is below ::/96.
func network(address [16]byte, bits int, four bool) netip.Prefix {
	if four {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(address[:4])), bits)
	}
	if bits >= 96 && [12]byte(address[:12]) == [12]byte{} {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(address[12:])), bits-96)
	}
	return netip.PrefixFrom(netip.AddrFrom16(address), bits)
}

func recordAS(r maxminddb.Result) (as uint32, known bool, err error) {
	for _, path := range asPaths {
		if err := r.DecodePath(&as, path...); err == nil && as != 0 {
			return as, true, nil
		}
		var text string // some write it as a text
		if err := r.DecodePath(&text, path...); err == nil && text != "" {
			return asOf(text)
		}
	}
	return 0, false, nil
}

func recordCountry(r maxminddb.Result) (c [2]byte, known bool, err error) {
	for _, path := range countryPaths {
		var text string
		if err := r.DecodePath(&text, path...); err == nil && len(text) == 2 {
			return countryOf(text)
		}
	}
	return c, false, nil
}
