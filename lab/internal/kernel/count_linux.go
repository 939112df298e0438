package kernel

import (
	"fmt"
	"os"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// Count is what a counter of nftables has seen since it was made.
type Count struct{ Packets, Bytes uint64 }

// Counters reads the named counters of one table in a namespace.
func Counters(space *os.File, table string) (map[string]Count, error) {
	c, err := nftables.New(nftables.WithNetNSFd(int(space.Fd())))
	if err != nil {
		return nil, err
	}
	objects, err := c.GetNamedObjects(&nftables.Table{Name: table, Family: nftables.TableFamilyINet})
	if err != nil {
		return nil, fmt.Errorf("read the counters of %s: %w", table, err)
	}
	got := map[string]Count{}
	for _, o := range objects {
		if o, ok := o.(*nftables.NamedObj); ok {
			if e, ok := o.Obj.(*expr.Counter); ok {
				got[o.Name] = Count{e.Packets, e.Bytes}
			}
		}
	}
	return got, nil
}

// Members counts the elements of a set of that table.
func Members(space *os.File, table, set string) (int, error) {
	c, err := nftables.New(nftables.WithNetNSFd(int(space.Fd())))
	if err != nil {
		return 0, err
	}
	t := &nftables.Table{Name: table, Family: nftables.TableFamilyINet}
	e, err := c.GetSetElements(&nftables.Set{Table: t, Name: set})
	if err != nil {
		return 0, fmt.Errorf("read the set %s of %s: %w", set, table, err)
	}
	return len(e), nil
}
