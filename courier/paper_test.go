package courier

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// N: where nobody carries out what is decided the letter says so, as the tenant's page does, and neither that something is
// limited nor that it was let go.
func TestALetterOfWhatIsOnPaperSaysSo(t *testing.T) {
	paper := office
	paper.OnPaper = true
	all := scenes()
	for _, c := range []struct {
		scene     string
		says, not []string
	}{
		{"throttle", []string{"Subject: CPU limit, on paper only: m-1 and m-2", "on paper only: it was written down, and nobody carries it out. As far as we know, nothing of yours is limited by it", "State: decided on paper only"}, []string{"is limited until", "What keeps working"}},
		{"isolate-held", []string{"It would be on paper only"}, nil},
		{"lifted", []string{"nothing of yours is limited by it"}, []string{"let go"}},
		{"confirmed", []string{"on paper only: it was written down"}, []string{"is limited until"}},
		{"stepped-down", []string{"on paper only"}, []string{"let go", "is limited until"}},
		{"notify", nil, []string{"on paper"}},
	} {
		t.Run(c.scene, func(t *testing.T) {
			n := all[c.scene]
			m, err := Render(&n, Recipient{Role: "owner", Email: "ann@acme.example", Lang: "en"}, doors, paper)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields("Subject: "+m.Subject+" "+m.Text), " ")
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("it does not say %q:\n%s", s, m.Text)
				}
			}
			for _, s := range c.not {
				if strings.Contains(text, s) {
					t.Errorf("it says %q:\n%s", s, m.Text)
				}
			}
			if zh, err := Render(&n, Recipient{Role: "owner", Email: "ann@acme.example", Lang: "zh-Hans"}, doors, paper); err != nil || n.Measure == evenkeel.MeasureThrottle && !strings.Contains(strings.Join(strings.Fields(zh.Text), ""), "没有因此受到限制") {
				t.Errorf("%v, in Chinese it says\n%s", err, zh.Text)
			}
		})
	}
}
