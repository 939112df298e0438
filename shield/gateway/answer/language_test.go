package answer

import (
	"strings"
	"testing"
)

func TestTheLanguageIsTheOneLikedBest(t *testing.T) {
	for _, c := range []struct {
		header string
		want   Lang
	}{
		{"", English},
		{"de-CH, de;q=0.9, en;q=0.5", German},
		{"en-GB,en;q=0.9", English},
		{"zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", Chinese},
		{"zh-Hans-CN, ja;q=0.9", Chinese},
		{"ja", Japanese},
		{"fr-CA;q=0.4, es-MX;q=0.8", Spanish},
		{"pt-BR, pt;q=0.9, es;q=0.5, en;q=0.6", English},
		{"nl, fr;q=0", English},
		{"FR-fr", French},
		{"fr ; Q=1.000", French},
		{"fr;q=1.001, de;q=0.001", German},
		{"fr;q=-1, de;q=NaN, es;q=0.1", Spanish},
		{"fr;q=0.1234, es;q=0.1", Spanish},
		{"*", English},
		{"deu", English},
		{",,;;=,de", German},
		{strings.Repeat("x,", MostPreferred) + "de", English},
		{strings.Repeat(" ", MostPreference) + "de", English},
	} {
		if got := LangOf(c.header); got != c.want {
			t.Errorf("%.60q is answered in %s; expected %s", c.header, got, c.want)
		}
	}
}

func TestGzipIsSentOnlyToWhoTakesIt(t *testing.T) {
	for _, c := range []struct {
		header string
		want   bool
	}{
		{"gzip, deflate, br, zstd", true}, {"br;q=1.0, gzip;q=0.8, *;q=0.1", true}, {"x-gzip", true}, {"*", true},
		{"", false}, {"identity", false}, {"gzip;q=0", false}, {"gzip;q=0, *", false}, {"*;q=0", false}, {"gzipped", false},
	} {
		if got := takesGzip(c.header); got != c.want {
			t.Errorf("%q takes gzip: %v; expected %v", c.header, got, c.want)
		}
	}
}

func FuzzPreferences(f *testing.F) {
	for _, s := range []string{"de-CH, de;q=0.9", "*;q=0", ";;;,,,q=", "zh-Hant;q=1.0000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		l := LangOf(header)
		if l >= Langs || l != English && !strings.Contains(strings.ToLower(header), l.String()[:2]) {
			t.Errorf("%q is answered in %s", header, l)
		}
		if takesGzip(header) && !strings.Contains(strings.ToLower(header), "gzip") && !strings.Contains(header, "*") {
			t.Errorf("%q takes gzip", header)
		}
	})
}
