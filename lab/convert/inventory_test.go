package convert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func stand(t *testing.T, v Inventory, rows string) (got []string) {
	t.Helper()
	_, inv, s, errs := convert(t, Options{
		TimeFormat: "unix", AssetColumn: "a", Map: []string{"v=cpu.busy:percent"}, Inventory: &v,
	}, file{"f", "time,a,v\n" + rows})
	if errs != nil || int(s.Inventory) != strings.Count(inv, "\n") {
		t.Fatalf("summary %+v, %v", s, errs)
	}
	for _, e := range events(t, inv) {
		got = append(got, fmt.Sprint(e.Time, " ", strings.TrimPrefix(e.Type, "evenkeel."), " ", e.ID, " ", e.Data))
	}
	return got
}

func TestInventoryOfEachAsset(t *testing.T) {
	got := stand(t, Inventory{
		Standing: evenkeel.StandingTrial, Since: When{Before: 48 * time.Hour}, Created: When{Before: time.Hour},
		PaidTotal: "0", Currency: "USD",
	}, "100003600,x,1\n100007200,y,1\n100000000,x,1\n100000000,z,bad\n")
	wantLines(t, got,
		"1973-03-03T08:46:40Z tenant.v1 tenant-t-x map[currency:USD paid_total:0 since:1973-03-01T09:46:40Z standing:trial tenant:t-x]",
		"1973-03-03T08:46:40Z asset.v1 asset-x map[asset:x from:1973-03-03T08:46:40Z kind:vm tenant:t-x]",
		"1973-03-03T08:46:40Z lifecycle.v1 create-x map[action:create asset:x tenant:t-x]",
		"1973-03-03T10:46:40Z tenant.v1 tenant-t-y map[currency:USD paid_total:0 since:1973-03-01T11:46:40Z standing:trial tenant:t-y]",
		"1973-03-03T10:46:40Z asset.v1 asset-y map[asset:y from:1973-03-03T10:46:40Z kind:vm tenant:t-y]",
		"1973-03-03T10:46:40Z lifecycle.v1 create-y map[action:create asset:y tenant:t-y]")
}

func TestInventoryOfOneTenantIsDatedByItsFirstAsset(t *testing.T) {
	since := evenkeel.MomentOf(time.Date(1972, 1, 1, 0, 0, 0, 0, time.UTC))
	got := stand(t, Inventory{Tenant: "acme", Since: When{At: since}, Created: When{AtFirst: true}}, "100003600,x,1\n100000000,y,1\n")
	wantLines(t, got,
		"1973-03-03T09:46:40Z tenant.v1 tenant-acme map[since:1972-01-01T00:00:00Z standing:unknown tenant:acme]",
		"1973-03-03T10:46:40Z asset.v1 asset-x map[asset:x from:1973-03-03T10:46:40Z kind:vm tenant:acme]",
		"1973-03-03T10:46:40Z lifecycle.v1 create-x map[action:create asset:x tenant:acme]",
		"1973-03-03T09:46:40Z asset.v1 asset-y map[asset:y from:1973-03-03T09:46:40Z kind:vm tenant:acme]",
		"1973-03-03T09:46:40Z lifecycle.v1 create-y map[action:create asset:y tenant:acme]")
}

func TestInventoryLeavesOutWhatItWasNotTold(t *testing.T) {
	const (
		day    = 24 * time.Hour
		asset  = "1973-03-03T09:46:40Z asset.v1 asset-x map[asset:x from:1973-03-03T09:46:40Z kind:vm tenant:t-x]"
		tenant = "1973-03-03T09:46:40Z tenant.v1 tenant-t-x "
	)
	for _, c := range []struct {
		name string
		v    Inventory
		want []string
	}{
		{"neither since nor created: a tenant holds the asset from its first reading on", Inventory{},
			[]string{tenant + "map[standing:unknown tenant:t-x]", asset}},
		{"since alone says nothing of when the machine was made", Inventory{Since: When{Before: 30 * day}},
			[]string{tenant + "map[since:1973-02-01T09:46:40Z standing:unknown tenant:t-x]", asset}},
		{"created alone says nothing of since when the tenant is one", Inventory{Created: When{Before: 7 * day}}, []string{
			"1973-02-24T09:46:40Z tenant.v1 tenant-t-x map[standing:unknown tenant:t-x]",
			"1973-02-24T09:46:40Z asset.v1 asset-x map[asset:x from:1973-02-24T09:46:40Z kind:vm tenant:t-x]",
			"1973-02-24T09:46:40Z lifecycle.v1 create-x map[action:create asset:x tenant:t-x]",
		}},
		{"0s is told: at the first reading itself", Inventory{Since: When{AtFirst: true}, Created: When{AtFirst: true}}, []string{
			tenant + "map[since:1973-03-03T09:46:40Z standing:unknown tenant:t-x]", asset,
			"1973-03-03T09:46:40Z lifecycle.v1 create-x map[action:create asset:x tenant:t-x]",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantLines(t, stand(t, c.v, "100000000,x,1\n100003600,x,2\n"), c.want...)
		})
	}
}

func TestInventoryOfNothingIsEmpty(t *testing.T) {
	if got := stand(t, Inventory{Tenant: "acme"}, ""); got != nil {
		t.Errorf("lines %q", got)
	}
}

func TestWhen(t *testing.T) {
	for in, want := range map[string]When{
		"400d": {Before: 400 * 24 * time.Hour}, "90m": {Before: 90 * time.Minute}, "0s": {AtFirst: true}, "0d": {AtFirst: true},
		"1970-01-01T00:00:01Z": {At: 1e9}, "1970-01-02": {At: 86400e9},
	} {
		if got, err := ParseWhen(in); got != want || err != nil {
			t.Errorf("%s is %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "soon", "-1h", "d", "2021-13-01"} {
		if _, err := ParseWhen(in); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%q: error %v", in, err)
		}
	}
}
