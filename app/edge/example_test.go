package edge

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
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
