package staff

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// TestCodesAreThoseOfTheStandard has the table of RFC 6238, appendix B, for SHA-1.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	seed := roll.Secret("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		got, err := codeOf(seed, stepAt(time.Unix(at, 0)), 8)
		if got != want || err != nil {
			t.Errorf("at %d the code is %s (%v); expected %s", at, got, err, want)
		}
		short, _ := codeOf(seed, stepAt(time.Unix(at, 0)), codeDigits)
		if _, fits := matches(seed, want[2:], time.Unix(at, 0), at/30); fits {
			t.Errorf("at %d a code fits that was used", at)
		}
		if step, fits := matches(seed, want[2:], time.Unix(at, 0), 0); short != want[2:] || !fits || step != at/30 {
			t.Errorf("at %d the code of six digits is %s, and it fits step %d: %t", at, short, step, fits)
		}
	}
}

func TestAnIssuerAndANameHaveBounds(t *testing.T) {
	seed := make(roll.Secret, seedBytes)
	longest := strings.Repeat("ä", roll.MaxName/2)
	o, err := offer(longest, longest, seed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := QR(o.URI); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a code that phones read badly: %v", err)
	}
	if _, err := offer(longest+"x", longest, seed); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("beyond the bounds: %v", err)
	}
}

func TestAQRCodeIsAPicture(t *testing.T) {
	o, err := offer("Evenkeel", "ada", make(roll.Secret, seedBytes))
	if err != nil {
		t.Fatal(err)
	}
	draw := func(text string) image.Image {
		data, err := QR(text)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	img := draw(o.URI)
	size := img.Bounds().Size()
	if size.X != size.Y || size.X < 100 || size.X > 600 {
		t.Errorf("it has %v; expected a square", size)
	}
	dark := 0
	for x := range size.X {
		if r, _, _, _ := img.At(x, 0).RGBA(); r == 0 {
			t.Fatal("it has no margin")
		}
		if r, _, _, _ := img.At(x, size.X/2).RGBA(); r == 0 {
			dark++
		}
	}
	if dark < size.X/5 || dark > size.X*4/5 {
		t.Errorf("of %d points in its middle %d are dark", size.X, dark)
	}
	if img.Bounds() == draw(strings.Repeat("x", 400)).Bounds() {
		t.Error("a longer text makes the same code")
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Ada", "correct horse battery staple")
	f.Add("ａｄａ", "\u00a0\u3000 twelve chars")
	f.Add("a\u0301", "\xff\xfe\x00")
	f.Fuzz(func(t *testing.T, name, typed string) {
		if folded, ok := fold(name); ok {
			if again, ok := fold(folded); !ok || again != folded || len(folded) > roll.MaxName || folded == "" {
				t.Errorf("%q is folded to %q, and that to %q", name, folded, again)
			}
		}
		if b, ok := prepare(typed); ok {
			if again, ok := prepare(string(b)); !ok || !bytes.Equal(again, b) {
				t.Errorf("%q is prepared as %q, and that as %q", typed, b, again)
			}
		}
		if _, err := checkPassword("ada", typed); err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Error(err)
		}
	})
}
