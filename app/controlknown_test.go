package app

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestASlipInTheNameOfAFlagIsTold: the process that serves knows families, tenants and assets.
func TestASlipInTheNameOfAFlagIsTold(t *testing.T) {
	s := serve(t, dataDir(t))
	for _, r := range mining(ago(), 2) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "a case of each tenant", func() bool {
		got := strings.Join(decisionsIn(t, s.dir), "\n")
		return strings.Contains(got, "on [x-0]") && strings.Contains(got, "on [x-1]")
	})
	rows, err := open(t, s.dir).Cases(t.Context(), docket.Query{Tenant: "t-0"})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d cases of t-0 (%v); expected one", len(rows), err)
	}
	now := evenkeel.MomentOf(time.Now())
	for i, c := range []struct {
		name     string
		of       evenkeel.CaseID
		tenant   evenkeel.TenantID
		family   string
		assets   []evenkeel.AssetID // none: all of the tenant's
		warnings []string           // what each says
		refused  string
	}{
		{"what is known", "", "t-0", "mining", []evenkeel.AssetID{"x-0"}, nil, ""},
		{"what is known, by its case", rows[0].Case.ID, "", "", []evenkeel.AssetID{"x-0"}, nil, ""},
		{"a family with a slip", "", "t-0", "minnig", nil, nil, `family "minnig": neither the policy in force nor a rule has it`},
		{"a family of nothing like it", "", "t-0", "zzz", nil, nil, `family "zzz"`},
		{"a tenant with a slip", "", "t-O", "mining", nil, []string{`the inventory does not know tenant "t-O"`}, ""},
		{"assets with a slip", "", "t-0", "mining", []evenkeel.AssetID{"x-0", "x-O"}, []string{`nobody who holds asset "x-O" now`}, ""},
		{"an asset of another", rows[0].Case.ID, "", "", []evenkeel.AssetID{"x-1"}, []string{`asset "x-1" is held by "t-1", and the flag is for "t-0"`}, ""},
		{"more assets than are looked up", "", "t-0", "mining", []evenkeel.AssetID{"1", "2", "3", "4", "5", "6", "7", "8", "9", "x-0"},
			append(slices.Repeat([]string{"nobody who holds asset"}, mostUnknown), "2 more assets were not looked up"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			done, err := Send(t.Context(), s.dir, docket.Act{
				ID: ActID("operator", string(rune('a'+i))), Kind: docket.ActFlag, At: evenkeel.MomentOf(time.Now()), Case: c.of, Tenant: c.tenant, Family: c.family,
				By: "operator", Says: answered("Seen.", 5),
				Grant: &docket.Grant{Selector: evenkeel.Selector{Assets: c.assets, TenantWide: c.assets == nil}, Until: now.Add(24 * time.Hour)},
			})
			if c.refused != "" {
				if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.refused) || len(done.Flags) > 0 {
					t.Errorf("%v, %+v; expected %q", err, done.Flags, c.refused)
				}
				if hint := evenkeel.HintOf(err); strings.HasPrefix(hint, "did you mean mining? ") != (c.family == "minnig") || !strings.Contains(hint, "creation, edge, flood, mining, report, spam, takeover") {
					t.Errorf("the hint is %q", hint)
				}
				return
			}
			if err != nil || len(done.Flags) != 1 || len(done.Warnings) != len(c.warnings) {
				t.Fatalf("%v, %+v, %q; expected a flag, and %q", err, done.Flags, done.Warnings, c.warnings)
			}
			for i, w := range c.warnings {
				if !strings.Contains(done.Warnings[i], w) {
					t.Errorf("warning %q; expected %q", done.Warnings[i], w)
				}
			}
		})
	}
}

// TestNobodySpeaksInARoleThatTheTenantHasNot, R27: whom the timeline names as who spoke, or as who was told, is a contact. The
// process that serves knows which there are; to whom a letter of the case went may be any of them still.
func TestNobodySpeaksInARoleThatTheTenantHasNot(t *testing.T) {
	r := inventory.New(inventory.Options{})
	sent := docket.Dispatch{Notice: "n-1", Deliveries: []docket.Delivery{{Notice: "n-1", To: "lawyer#former#3f2a9c0d11e2"}}}
	names := &directory{known: r.Snapshot, folder: func(context.Context, evenkeel.CaseID) (docket.Folder, error) {
		return docket.Folder{Row: docket.Row{Case: evenkeel.Case{Tenant: "acme"}}, Dispatches: []docket.Dispatch{sent}}, nil
	}}
	refused := func(k docket.ActKind, contact string) error {
		return names.refuses(t.Context(), &docket.Act{Kind: k, Case: "c-1", Contact: contact})
	}
	if err := refused(docket.ActAnswer, "plumber"); err != nil {
		t.Errorf("%v; expected that nobody is refused where no contacts are told", err)
	}
	b := evenkeel.NewBatch("inventory", 0)
	err := b.AddProfile(evenkeel.Profile{At: start, ID: 1, Tenant: "acme", Contacts: []evenkeel.Contact{
		{Role: "owner", Email: "ann@acme.example"}, {Role: "owner", Email: "bob@acme.example"}, {Role: "developer", Email: "dev@acme.example"}, {Role: "robot", Endpoint: "https://acme.example/in"},
	}})
	if err == nil {
		_, err = r.Apply(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []docket.ActKind{docket.ActAnswer, docket.ActDown, docket.ActTold} {
		for _, c := range []string{"", "owner", "owner #2", "owner#new", "developer", "lawyer", "lawyer#former"} {
			if err := refused(kind, c); err != nil {
				t.Errorf("%s by %q: %v", kind, c, err)
			}
		}
		for _, c := range []string{"plumber", "robot", "develop"} {
			err := refused(kind, c)
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "expected one of developer, lawyer, owner") {
				t.Errorf("%s by %q: %v", kind, c, err)
			}
		}
	}
}
