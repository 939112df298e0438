package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// rowID names a value in use.
type rowID struct {
	kind Kind
	id   string
}

// sealedRow is what was sealed last of a value.
type sealedRow struct {
	leaf int64
	at   evenkeel.Moment
	sum  [sha256.Size]byte // of its form
	// Of switches: it was sealed as a whole; and it was let go by an act that does not say what is in use since.
	whole, loose bool
}

// key returns a tenant's key, or nil once it is erased.
func (c *checker) key(t evenkeel.TenantID) (*Key, error) {
	if k, ok := c.keys[t]; ok {
		return k, nil
	}
	k, err := c.log.Key(t)
	switch {
	case err == nil:
		c.keys[t] = &k
	case evenkeel.KindOf(err) == evenkeel.KindNotFound:
		c.keys[t] = nil
	default:
		return nil, fmt.Errorf("verify ledger: key of tenant %s: %w", t, err)
	}
	return c.keys[t], nil
}

// checkContent holds what is kept beside a leaf against its commitment.
func (c *checker) checkContent(n int64, l Leaf, line Line) error {
	if c.log.Key == nil || l.Kind == KindPolicy {
		return nil
	}
	if line.Tenant == "" {
		c.report.Fault = faultAt(n, l, ContentAltered, "what it commits to is not kept any more")
		return nil
	}
	key, err := c.key(line.Tenant)
	if err != nil {
		return err
	}
	switch {
	case key == nil:
		c.report.Erased++
		return nil
	case len(line.Content) == 0:
		c.report.Fault = faultAt(n, l, ContentAltered, "what it commits to is not kept any more, and the tenant's key is")
		return nil
	case key.Content(line.Content) != l.Content:
		c.report.Fault = faultAt(n, l, ContentAltered, "what is kept beside it is not what it commits to")
		return nil
	}
	if c.log.Fits != nil {
		if err := c.log.Fits(l, line.Content); err != nil {
			c.report.Fault = faultAt(n, l, Unfit, "what it commits to cannot be so: %v", err)
			return nil
		}
	}
	c.report.Contents++
	switch {
	case c.log.Rows == nil:
		return nil
	case l.Kind == KindAct:
		if err := c.sealSwitch(n, l, line.Content); err != nil {
			c.report.Fault = faultAt(n, l, ContentAltered, "what it commits to cannot be read: %v", err)
		}
		return nil
	}
	id, sum, err := formOf(l.Kind, line.Content)
	if err != nil {
		c.report.Fault = faultAt(n, l, ContentAltered, "what it commits to cannot be read: %v", err)
		return nil
	}
	c.newest[rowID{l.Kind, id}] = sealedRow{leaf: n, at: l.At, sum: sum}
	if l.Kind == KindDecision && c.log.Sent != nil {
		c.owe(n, l, id)
	}
	return nil
}

// formOf is the id of a value and the hash of what a row of it must say. That is all of it,
// but for a case: what was found and said lately changes in a case without a leaf of its own.
func formOf(kind Kind, value []byte) (id string, sum [sha256.Size]byte, err error) {
	if kind == KindAct {
		id, sum, _, err = sealedSwitch(value)
		return id, sum, err
	}
	var has struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(value, &has); err != nil {
		return "", sum, err
	}
	if kind == KindCase {
		var c evenkeel.Case
		if err := json.Unmarshal(value, &c); err != nil {
			return "", sum, err
		}
		c.Assets, c.Latest, c.Waiting, c.Spoke = nil, 0, 0, 0
		value = written(c)
	}
	return has.ID, sha256.Sum256(value), nil
}

// checkRows holds the values in use against what was sealed last, and names the one that
// does not fit whose leaf is the first. A value that no leaf tells of comes after those.
func (c *checker) checkRows() error {
	if c.log.Rows == nil || c.log.Key == nil {
		return nil
	}
	for row, err := range c.log.Rows {
		if err != nil {
			return fmt.Errorf("verify ledger: read the values in use: %w", err)
		}
		c.checkRow(row)
	}
	for id, s := range c.newest { // those that no row was found of
		c.blame(id, s, "that it commits to is not there any more")
	}
	return nil
}

func (c *checker) checkRow(row Row) {
	name := rowID{row.Kind, row.ID}
	sealed, ok := c.newest[name]
	if !ok {
		c.unsealed(row)
		return
	}
	delete(c.newest, name)
	id, sum, err := formOf(row.Kind, row.Value)
	switch {
	case err != nil || id != row.ID || sum != sealed.sum && !sealed.loose:
		c.blame(name, sealed, "in use is not what was sealed last")
	case row.Unfit != "":
		c.blame(name, sealed, "in use is what was sealed last, and beside it stands something else: "+row.Unfit)
	default:
		c.report.Rows++
	}
}

// unsealed takes a row that no leaf is known to be about: nobody can tell where the key of
// the tenant was erased, whose leaves are there.
func (c *checker) unsealed(row Row) {
	says := "no leaf tells of it"
	if key, met := c.keys[row.Tenant]; met && key == nil {
		if row.Unfit == "" {
			c.report.Erased++
			return
		}
		says = row.Unfit
	}
	if c.report.Fault == nil {
		c.report.Fault = &Fault{How: RowAltered, Leaf: -1, Until: -1, Says: fmt.Sprintf("the %s %s is in use and %s", rowWord(row.Kind), row.ID, says)}
	}
}

// blame names a leaf whose row does not fit, if it is the first.
func (c *checker) blame(id rowID, s sealedRow, says string) {
	if f := c.report.Fault; f == nil || f.Leaf < 0 || s.leaf < f.Leaf {
		c.report.Fault = faultAt(s.leaf, Leaf{Kind: id.kind, At: s.at}, RowAltered, "the %s %s %s", rowWord(id.kind), id.id, says)
	}
}

// rowWord is what a value in use is called: of those that acts are about there are only switches.
func rowWord(k Kind) string {
	if k == KindAct {
		return "switch"
	}
	return k.String()
}
