package kernel

import (
	"strings"

	"github.com/google/nftables"
)

// standing is what the kernel holds of a table.
type standing struct {
	table  bool
	chains []*nftables.Chain
	named  map[string]*nftables.Chain
	sets   map[string]bool
	all    []*nftables.Set
}

func (t *Table) found(c *nftables.Conn) (*standing, error) {
	is := &standing{named: map[string]*nftables.Chain{}, sets: map[string]bool{}}
	tables, err := c.ListTablesOfFamily(nftables.TableFamilyNetdev)
	if err != nil {
		return nil, wrap("list the tables", err)
	}
	for _, x := range tables {
		is.table = is.table || x.Name == t.table.Name
	}
	if !is.table {
		return is, nil
	}
	chains, err := c.ListChainsOfTableFamily(nftables.TableFamilyNetdev)
	if err != nil {
		return nil, wrap("list the chains", err)
	}
	for _, x := range chains {
		if x.Table.Name == t.table.Name {
			is.chains = append(is.chains, x)
			is.named[x.Name] = x
		}
	}
	if is.all, err = c.GetSets(t.table); err != nil {
		return nil, wrap("list the sets", err)
	}
	for _, s := range is.all {
		is.sets[s.Name] = true
	}
	return is, nil
}

// whole says whether what a port holds is there: it was made and goes in one transaction, so one part stands for
// all. The kernel takes the hook of a port that is gone, and then it is not.
func (s *standing) whole(id string) bool {
	return s.named[fromGuest+id] != nil && s.named[limits+id] != nil && s.sets["lease_"+id]
}

// remove takes away what nobody wants, in the order in which the kernel lets it go: rules, then who refers to
// others, then the others.
func (s *standing) remove(c *nftables.Conn, t *Table, stays func(id string) bool) {
	id := func(name string) string {
		kind, rest, _ := strings.Cut(name, "_")
		if strings.HasPrefix(kind, "to") && len(kind) > 2 { // to4_3_ID: the number of its lease
			_, rest, _ = strings.Cut(rest, "_")
		}
		return rest
	}
	var gone []*nftables.Chain
	for _, ch := range s.chains {
		if !stays(id(ch.Name)) {
			ch.Table = t.table
			c.FlushChain(ch)
			gone = append(gone, ch)
		}
	}
	for _, ch := range gone {
		c.DelChain(ch)
	}
	for _, x := range s.all {
		if !stays(id(x.Name)) {
			x.Table = t.table
			c.DelSet(x)
			delete(s.sets, x.Name)
		}
	}
}
