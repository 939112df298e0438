package baseline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Filters reads what nft -j list ruleset prints (libnftables-json(5)): whether a chain at the input hook drops what no
// rule lets pass: by its policy, or by a last rule that drops or rejects without a condition.
func Filters(text []byte) (Answer, error) {
	var doc struct {
		Nftables []struct {
			Chain *struct {
				Family, Table, Name, Hook, Policy, Type string
			}
			Rule *struct {
				Family, Table, Chain string
				Expr                 []map[string]json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return Unknown, fmt.Errorf("read the rules of nftables: %w", err)
	}
	input := map[[3]string]bool{}
	last := map[[3]string]bool{}
	for _, x := range doc.Nftables {
		if c := x.Chain; c != nil && c.Hook == "input" && c.Type == "filter" && (c.Family == "inet" || c.Family == "ip") {
			if c.Policy == "drop" {
				return Yes, nil
			}
			input[[3]string{c.Family, c.Table, c.Name}] = true
		}
		if r := x.Rule; r != nil {
			drops := false
			for _, e := range r.Expr {
				_, drop := e["drop"]
				_, reject := e["reject"]
				_, match := e["match"]
				if match {
					drops = drops || bytes.Contains(e["match"], []byte(`"@lease"`))
					if !drops {
						break
					}
				}
				drops = drops || drop || reject
			}
			last[[3]string{r.Family, r.Table, r.Chain}] = drops
		}
	}
	for c := range input {
		if last[c] {
			return Yes, nil
		}
	}
	return No, nil
}

// FiltersLegacy reads what iptables-save prints: whether INPUT drops what no rule lets pass.
func FiltersLegacy(text []byte) Answer {
	table, answer := "", No
	for line := range bytes.Lines(text) {
		line := strings.TrimSpace(string(line))
		switch {
		case strings.HasPrefix(line, "*"):
			table = line
		case table == "*filter" && (strings.HasPrefix(line, ":INPUT DROP") || line == "-A INPUT -j DROP" || strings.HasPrefix(line, "-A INPUT -j REJECT")):
			answer = Yes
		}
	}
	return answer
}
