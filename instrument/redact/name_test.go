package redact

import "testing"

func TestNoTwoRecipientsAreCalledTheSame(t *testing.T) {
	var n Names
	for _, c := range []struct{ role, behind, want string }{
		{"owner", "", "owner"}, {"owner", "", "owner #2"}, {"owner #2", "", "owner ＃2"}, {"owner", "#new", "owner#new"}, {"owner", "#new", "owner#new #2"},
		{"", "", "contact"}, {"a@b.example", "", "a at b.example"}, {"two\nlines", "", "two lines"},
	} {
		if got := n.Next(c.role, c.behind); got != c.want {
			t.Errorf("%q with %q is called %q; expected %q", c.role, c.behind, got, c.want)
		}
	}
}

// P: whoever does not know an address learns its domain and one letter.
func TestAMaskedAddressIsKnownToWhoKnowsIt(t *testing.T) {
	for in, want := range map[string]string{
		" Carl@New.example": "C…@New.example", "é.b@x.example": "é…@x.example", "a@x.example": "…@x.example", "none": "", "@x": "", "a@": "",
	} {
		if got := Masked(in); got != want {
			t.Errorf("%q is shown as %q; expected %q", in, got, want)
		}
	}
}
