package answer

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestARayIsReadAsItIsReadOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := RayOf(rapid.Uint64().Draw(t, "lot"))
		s := r.String()
		if len(s) != RaySize {
			t.Fatalf("%s has %d characters", s, len(s))
		}
		for _, said := range []string{s, strings.ToLower(s), strings.ReplaceAll(s, "-", ""), " " + strings.ReplaceAll(s, "-", " - ")} {
			if got, err := ParseRay(said); err != nil || got != r {
				t.Fatalf("%q is read as %v, %v; expected %s", said, got, err, s)
			}
		}
	})
}

// TestAMistakeInARayIsNoticed: each other symbol at each place, and each two that changed places.
func TestAMistakeInARayIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := []byte(strings.ReplaceAll(RayOf(rapid.Uint64().Draw(t, "lot")).String(), "-", ""))
		for i := range s {
			for _, c := range []byte(symbols) {
				if c == s[i] {
					continue
				}
				wrong := append([]byte(nil), s...)
				wrong[i] = c
				if _, err := ParseRay(string(wrong)); err == nil {
					t.Fatalf("%s passes for %s", wrong, s)
				}
			}
			for j := range i {
				wrong := append([]byte(nil), s...)
				if wrong[i], wrong[j] = wrong[j], wrong[i]; s[i] == s[j] {
					continue
				}
				if _, err := ParseRay(string(wrong)); err == nil {
					t.Fatalf("%s passes for %s", wrong, s)
				}
			}
		}
	})
}

func TestARayHasNoSymbolThatIsTakenForAnother(t *testing.T) {
	if len(symbols) != 16 || strings.ContainsAny(symbols, "01OILBDGPTVCEZNUQWJS") {
		t.Errorf("the symbols are %s", symbols)
	}
}

func TestWhatIsNoRayIsRefusedWithWhatWasExpected(t *testing.T) {
	for s, says := range map[string]string{
		"": "expected ten", "K7M-4XR-29H": "expected ten", "K7M-4XR-29H0": "'0'", "K7M-4XR-29HA9": "expected ten",
		strings.Repeat("2", 65): "expected ten", "２２２": "expected", "K7M\x00": "expected",
	} {
		if r, err := ParseRay(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q is read as %v, %v; expected an error with %q", s, r, err, says)
		}
	}
}

func FuzzRay(f *testing.F) {
	f.Add("K7M-4XR-29HA")
	f.Add(RayOf(1).String())
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := ParseRay(s); err == nil {
			if again, err := ParseRay(r.String()); err != nil || again != r || r != RayOf(uint64(r)) {
				t.Errorf("%q is %s, which is %v, %v", s, r, again, err)
			}
		}
	})
}
