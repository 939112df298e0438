package xarf

import (
	"slices"
	"strings"
)

// metrics are the metrics of a CVSS vector in their order, each with its values (FIRST: CVSS v2
// and v3.1). A group is written whole or not at all; the first one always.
var metrics = map[string][][]string{
	"2": {
		{"AV:L|A|N", "AC:H|M|L", "Au:M|S|N", "C:N|P|C", "I:N|P|C", "A:N|P|C"},
		{"E:U|POC|F|H|ND", "RL:OF|TF|W|U|ND", "RC:UC|UR|C|ND"},
		{"CDP:N|L|LM|MH|H|ND", "TD:N|L|M|H|ND", "CR:L|M|H|ND", "IR:L|M|H|ND", "AR:L|M|H|ND"},
	},
	"3": {
		{"AV:N|A|L|P", "AC:L|H", "PR:N|L|H", "UI:N|R", "S:U|C", "C:N|L|H", "I:N|L|H", "A:N|L|H"},
		{"E:X|U|P|F|H", "RL:X|O|T|W|U", "RC:X|U|R|C"},
		{"CR:X|L|M|H", "IR:X|L|M|H", "AR:X|L|M|H", "MAV:X|N|A|L|P", "MAC:X|L|H", "MPR:X|N|L|H", "MUI:X|N|R", "MS:X|U|C",
			"MC:X|N|L|H", "MI:X|N|L|H", "MA:X|N|L|H"},
	},
}

// cvss adds what is wrong with a CVSS of a report of version 3.
func cvss(v any, f *Faults) {
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	version, _ := m["Version"].(string)
	severities := []string{"None", "Low", "Medium", "High", "Critical"}
	if version == "2" {
		severities = severities[1:4]
	}
	if s, ok := m["Severity"].(string); ok && !slices.Contains(severities, s) {
		f.Add("/Report/CVSS/Severity", "is %.40q; expected one of %s", s, strings.Join(severities, ", "))
	}
	if vector, ok := m["Vector"].(string); ok && !isVector(version, vector) {
		f.Add("/Report/CVSS/Vector", "is %.120q; expected a vector of CVSS %s", vector, version)
	}
}

func isVector(version, s string) bool {
	groups := metrics["3"]
	if version == "2" {
		groups = metrics["2"]
		s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	} else {
		var ok bool
		if s, ok = strings.CutPrefix(s, "CVSS:3.0/"); !ok {
			if s, ok = strings.CutPrefix(s, "CVSS:3.1/"); !ok {
				return false
			}
		}
	}
	parts := strings.Split(s, "/")
	for i, group := range groups {
		if i > 0 && (len(parts) == 0 || !inGroup(group[:1], parts)) {
			continue
		}
		if !inGroup(group, parts) {
			return false
		}
		parts = parts[len(group):]
	}
	return len(parts) == 0
}

func inGroup(group, parts []string) bool {
	if len(parts) < len(group) {
		return false
	}
	for i, metric := range group {
		name, values, _ := strings.Cut(metric, ":")
		got, value, _ := strings.Cut(parts[i], ":")
		if got != name || !slices.Contains(strings.Split(values, "|"), value) {
			return false
		}
	}
	return true
}
