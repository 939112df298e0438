package sheet

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// tokens reads the custom properties of the n-th block :root of the sheet.
func tokens(t *testing.T, n int) map[string][3]float64 {
	t.Helper()
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(sheetText, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of tokens; want a light and a dark one", len(blocks))
	}
	out := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(blocks[n][1], -1) {
		var c [3]float64
		for i := range c {
			v, _ := strconv.ParseUint(m[2][2*i:2*i+2], 16, 8)
			c[i] = float64(v) / 255
		}
		out[m[1]] = c
	}
	return out
}

// luminance is WCAG 2.2's relative luminance.
func luminance(c [3]float64) float64 {
	for i, v := range c {
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastIsEnoughInBothSchemes(t *testing.T) {
	grounds := []string{"ground", "surface", "sunk"}
	for n, scheme := range []string{"light", "dark"} {
		c := tokens(t, n)
		check := func(front, behind string, least float64) {
			a, known := c[front]
			b, also := c[behind]
			if !known || !also {
				t.Errorf("%s: no token --%s or --%s", scheme, front, behind)
			} else if r := contrast(a, b); r < least {
				t.Errorf("%s: --%s on --%s has %.2f to 1; want %g", scheme, front, behind, r, least)
			}
		}
		for _, g := range grounds {
			for _, text := range []string{"ink", "soft", "link", "danger"} {
				check(text, g, 4.5)
			}
			for _, line := range []string{"edge", "focus", "trace", "press"} {
				check(line, g, 3)
			}
		}
		for _, mark := range []string{"danger", "warn", "good", "info", "mute"} {
			check(mark, mark+"-ground", 4.5)
		}
		check("press-ink", "press", 4.5)
		check("focus", "press-ink", 3)
	}
}

func TestContrastIsComputedAsWCAGSays(t *testing.T) {
	if r := contrast([3]float64{0, 0, 0}, [3]float64{1, 1, 1}); math.Abs(r-21) > 1e-9 {
		t.Errorf("black on white has %g; want 21", r)
	}
	grey := 0x76 / 255. // the darkest of greys that just passes on white, as is well known
	if r := contrast([3]float64{grey, grey, grey}, [3]float64{1, 1, 1}); r < 4.5 || r > 4.6 {
		t.Errorf("#767676 on white has %g; want a little more than 4.5", r)
	}
}

func TestColoursAreNamedOnceInEachScheme(t *testing.T) {
	light, dark := tokens(t, 0), tokens(t, 1)
	for name := range light {
		if _, both := dark[name]; !both {
			t.Errorf("--%s has no dark colour", name)
		}
	}
	for name := range dark {
		if _, both := light[name]; !both {
			t.Errorf("--%s has no light colour", name)
		}
	}
	_, rest, _ := strings.Cut(sheetText, "*, *::before")
	for _, m := range regexp.MustCompile(`(?m)^.*#[0-9a-fA-F]{3,8}\b.*$`).FindAllString(rest, -1) {
		if !strings.HasPrefix(m, ".qr") { // a code is black on white in any scheme
			t.Errorf("a colour that is no token: %s", m)
		}
	}
	for _, m := range regexp.MustCompile(`var\(--([a-z-]+)`).FindAllStringSubmatch(sheetText, -1) {
		if _, known := light[m[1]]; !known {
			t.Errorf("var(--%s) is not a token", m[1])
		}
	}
}
