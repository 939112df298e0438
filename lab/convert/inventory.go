package convert

import (
	"bufio"
	"cmp"
	"io"

	"github.com/evenkeel/evenkeel"
)

// Inventory says what the inventory lines tell of the assets that were met: each is a VM
// that belongs to a tenant. What is not told here is not told there: a made-up age would
// speak for or against somebody.
type Inventory struct {
	Out      io.Writer
	Tenant   string // of all assets; "" makes one per asset, named "t-" and the asset
	Standing evenkeel.Standing
	Since    When // customer since; the zero value leaves it out
	Created  When // of each asset; the zero value leaves out that it was created
	// PaidTotal and Currency are told where set: "0" is a known zero, "" is not known.
	PaidTotal string
	Currency  string
}

// inventory remembers the assets of series and when each was seen first, in the order in
// which they were met.
type inventory struct {
	Inventory
	out    *bufio.Writer
	first  map[string]evenkeel.Moment
	assets []string
	lines  int64
}

func (v *inventory) saw(asset string, at evenkeel.Moment) {
	if v.first == nil {
		v.first = map[string]evenkeel.Moment{}
	}
	before, ok := v.first[asset]
	if !ok {
		v.assets = append(v.assets, asset)
	}
	if !ok || at < before {
		v.first[asset] = at
	}
}

// write writes the lines of all assets that were seen.
func (v *inventory) write() error {
	if v.Tenant != "" && len(v.assets) > 0 {
		first := v.first[v.assets[0]]
		for _, at := range v.first {
			first = min(first, at)
		}
		if err := v.tenant(v.Tenant, first); err != nil {
			return err
		}
	}
	for _, asset := range v.assets {
		if err := v.asset(asset, v.first[asset]); err != nil {
			return err
		}
	}
	return nil
}

func (v *inventory) asset(asset string, first evenkeel.Moment) error {
	tenant := v.Tenant
	if tenant == "" {
		tenant = "t-" + asset
		if err := v.tenant(tenant, first); err != nil {
			return err
		}
	}
	created := v.Created.from(first)
	from := cmp.Or(created, first) // held at the latest when it was read
	v.lines++
	if err := writeEvent(v.out, "evenkeel.asset.v1", "asset-"+asset, from,
		assetData{Asset: asset, Kind: evenkeel.AssetVM.String(), Tenant: tenant, From: from}); err != nil {
		return err
	}
	if created == 0 {
		return nil
	}
	v.lines++
	return writeEvent(v.out, "evenkeel.lifecycle.v1", "create-"+asset, created,
		createData{Asset: asset, Tenant: tenant, Action: evenkeel.ActionCreate.String()})
}

// tenant writes what is known of a tenant, dated when its first asset is made, or else
// first read, so that it is known by then and not stale at once.
func (v *inventory) tenant(tenant string, first evenkeel.Moment) error {
	v.lines++
	return writeEvent(v.out, "evenkeel.tenant.v1", "tenant-"+tenant, min(cmp.Or(v.Created.from(first), first), first), tenantData{
		Tenant: tenant, Since: v.Since.from(first), Standing: v.Standing, PaidTotal: v.PaidTotal, Currency: v.Currency,
	})
}
