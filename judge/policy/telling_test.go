package policy_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
)

// Row R17: those who were attacked are told of packets, and only where the terms let the operator.
func TestWhereThoseWhoWereAttackedMayBeTold(t *testing.T) {
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, under, keys, says string }{
		{"of packets, where the terms let it", "packets", "    tell_victims: true\n    tell_attacked: confirmed\n", ""},
		{"of packets, without the terms", "packets", "    tell_attacked: confirmed\n", "without `tell_victims`"},
		{"of computing", "compute", "    tell_victims: true\n    tell_attacked: in_force\n", "whose harm is not `packets`"},
		{"never, of anything", "compute", "    tell_attacked: never\n", ""},
		{"at a time that there is not", "packets", "    tell_victims: true\n    tell_attacked: always\n", "always"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := "    harm: " + c.under + "\n"
			if !strings.Contains(string(text), at) {
				t.Fatalf("no family of harm %s", c.under)
			}
			_, err := policy.Parse("ours.yaml", []byte(strings.Replace(string(text), at, at+c.keys, 1)))
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected %q", err, c.says)
			}
		})
	}
}
