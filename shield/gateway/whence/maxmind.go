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

// database goes through a database of MaxMind's form. value reads a record; known is false for one that says nothing.
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
	for r := range db.Networks() {
		if err := r.Err(); err != nil {
			return nil, fmt.Errorf("%s: it is damaged: %w", name, err)
		}
		v, known, err := value(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, r.Prefix(), err)
		}
		if !known {
			continue
		}
		p := r.Prefix()
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		if out = append(out, entry[V]{p.Masked(), v}); len(out) > MaxEntries {
			return nil, fmt.Errorf("%s: there are more than %d networks", name, MaxEntries)
		}
	}
	return out, nil
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
