package edge

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
)

// TestTheExampleOfASiteIsWell: docs/example/site.yaml is taken as it stands, and what it says is the default is.
func TestTheExampleOfASiteIsWell(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "example", "site.yaml")
	if n, err := CheckSites([]string{path}); n != 1 || err != nil {
		t.Fatalf("%d sites, %v", n, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := site.Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	x, d := sites[0], site.Default()
	for what, same := range map[string][2]any{
		"health": {x.Health, d.Health}, "timeouts": {x.Timeouts, d.Timeouts}, "retries": {x.Retries, d.Retries}, "connections": {x.Connections, d.Connections},
		"weight": {x.Weight, d.Weight}, "highest": {x.Attack.Highest, d.Attack.Highest}, "beyond": {x.Attack.Beyond, d.Attack.Beyond},
	} {
		if fmt.Sprint(same[0]) != fmt.Sprint(same[1]) {
			t.Errorf("%s is %v; the default is %v", what, same[0], same[1])
		}
	}
}

// TestTheExampleOfAFleetIsWell: docs/example/fleet.yaml is taken as it stands.
func TestTheExampleOfAFleetIsWell(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "example", "fleet.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Parse(path, text); err != nil || s.Fleet.Name != "edge-1" || s.Fleet.size() != 3 {
		t.Errorf("%+v, %v", s.Fleet, err)
	}
}

// TestThePageOfTheGatewayNamesSettingsThatThereAre: the settings for the world in docs/gateway.md are taken.
func TestThePageOfTheGatewayNamesSettingsThatThereAre(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "gateway.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	yaml, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("there is no YAML")
	}
	if s, err := Parse("docs/gateway.md", []byte(yaml)); err != nil || s.ACME.Directory == "" || len(s.Plain) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestTheExampleOfAnInventorySaysWhoseTheExampleOfASiteIs: docs/example/sites.jsonl is taken as it stands, stands so in docs/gateway.md, and says of each
// site of docs/example/site.yaml that its tenant holds its asset, and who is told.
func TestTheExampleOfAnInventorySaysWhoseTheExampleOfASiteIs(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	text, err := os.ReadFile(filepath.Join(docs, "example", "sites.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(docs, "gateway.md"))
	if err != nil || !bytes.Contains(page, append([]byte("```json\n"), text...)) {
		t.Errorf("docs/gateway.md does not have the example as it stands (%v)", err)
	}
	at, err := evenkeel.ParseMoment("2026-11-02T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	books := inventory.New(inventory.Options{})
	d, b, tally := cloudevent.Decoder{}, evenkeel.NewBatch("cloud.example", at), intake.Tally{}
	for line := range bytes.Lines(text) {
		if err := d.Event(b, line, at, &tally); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if _, err := books.Apply(b); err != nil || tally.Accepted != 2 || tally.String() != "accepted 2" {
		t.Fatalf("%v, %v", &tally, err)
	}
	path := filepath.Join(docs, "example", "site.yaml")
	yaml, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := site.Parse(path, yaml)
	if err != nil || len(sites) == 0 {
		t.Fatal(len(sites), err)
	}
	for _, x := range sites {
		h, ok := books.Snapshot().TenancyAt(x.Asset, at)
		if !ok || h.Tenant != x.Tenant || h.Kind != evenkeel.AssetDomain {
			t.Errorf("%s is held by %+v; expected %s", x.Asset, h, x.Tenant)
		}
	}
	if !bytes.Contains(text, []byte(`"email":"`)) {
		t.Error("nobody is told of what is done at the site")
	}
}
