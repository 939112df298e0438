package score

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report/door"
)

// minReports is the demand on mails of reporters: the right kind and the right address.
const minReports = 0.90

// ReportFigures is what became of recorded mails of reporters. A kind is right where every report
// of the mail has a class that the mail's label allows. An address is right where the first
// report names the one that stands at the place where this reporter writes it, found by a pattern
// over the raw mail that the readers do not use.
type ReportFigures struct {
	Mails   int
	Kind    int
	Address int
	Both    int
	Wrong   []string // of each mail that is not right: its file, and what was read
}

// kindsOf are the classes that a label of the set allows.
var kindsOf = map[string][]string{
	"infected or abusive host (AbuseHUB)":   {"infrastructure/", "content/malware", "connection/infected_host", "messaging/spam"},
	"login attack":                          {"connection/login_attack"},
	"malware or phishing site":              {"content/malware", "content/phishing"},
	"copyright":                             {"copyright/"},
	"phishing or malware":                   {"content/malware", "content/phishing"},
	"spam complaint (ARF)":                  {"messaging/"},
	"spam (ARF)":                            {"messaging/"},
	"malware site (Safe Browsing)":          {"content/malware"},
	"phishing":                              {"content/phishing"},
	"harvester or comment spam":             {"connection/scraping", "messaging/spam"},
	"open service or sinkhole (CSV in ZIP)": {"vulnerability/", "infrastructure/"},
	"web attack or bot":                     {"connection/"},
}

// places are where the reporters of the set write the address.
var places = map[string]*regexp.Regexp{
	"abusehub":            regexp.MustCompile(`Subject: .*\[([0-9.]{7,15})\]`),
	"blocklistde":         regexp.MustCompile(`abuse report about (\S+) -`),
	"cleanmx":             regexp.MustCompile(`(?:publog\?ip=|-[0-9]+\]\()([0-9a-f.:]+)`),
	"copyrightcompliance": regexp.MustCompile(`<IP_Address>([^<]+)<`),
	"cyscon":              regexp.MustCompile(`hosted on (\S+) within`),
	"feedback-loop":       regexp.MustCompile(`(?m)^Source-IP: *(\S+)`),
	"google":              regexp.MustCompile(` ip="([^"]+)"`),
	"ip-echelon":          regexp.MustCompile(`<IP_Address>([^<]+)<`),
	"netcraft":            regexp.MustCompile(`(?m)^(?:http\S+ |\[\d+/\d+\] )\[([0-9]+\.[0-9.]+)\]`),
	"projecthoneypot":     regexp.MustCompile(`(?m)^([0-9]+\.[0-9.]+|[0-9a-f]+:[0-9a-f:]+)`),
	"spamexperts":         regexp.MustCompile(`(?m)^Source-IP: *(\S+)`),
	"webiron":             regexp.MustCompile(`Offending(?:/Source)? IP: *(\S+)`),
}

// Reports reads the mails of a set that has labels.csv with the columns file, reporter and kind.
func Reports(c Corpus, set string) (ReportFigures, error) {
	var f ReportFigures
	files, err := c.Files(set, "labels.csv")
	if err != nil {
		return f, err
	}
	table, err := os.ReadFile(files[0])
	if err != nil {
		return f, err
	}
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		return f, err
	}
	for _, row := range rows[1:] {
		mail, err := os.ReadFile(filepath.Join(filepath.Dir(files[0]), row[0]))
		if err != nil {
			return f, err
		}
		f.count(row[0], row[1], row[2], mail)
	}
	return f, nil
}

func (f *ReportFigures) count(file, reporter, label string, mail []byte) {
	f.Mails++
	got, err := door.Read(mail, "")
	kind, address := err == nil && len(got.Reports) > 0, false
	said := fmt.Sprint(err)
	if kind {
		first := got.Reports[0]
		want, parsed := netip.ParseAddr(truth(reporter, mail))
		address = parsed == nil && first.Source.Addr == want.Unmap()
		for _, r := range got.Reports {
			kind = kind && allowed(label, r.Class.String())
		}
		said = fmt.Sprintf("%v %v of %v; the mail says %v", first.Format, first.Class, first.Source.Asset(), want)
	}
	if kind {
		f.Kind++
	}
	if address {
		f.Address++
	}
	if kind && address {
		f.Both++
		return
	}
	f.Wrong = append(f.Wrong, file+": "+said)
}

func allowed(label, class string) bool {
	for _, k := range kindsOf[label] {
		if strings.HasPrefix(class, k) {
			return true
		}
	}
	return false
}

// truth finds the address where a reporter writes it.
func truth(reporter string, mail []byte) string {
	if reporter == "shadowserver" {
		return firstOfSheet(mail)
	}
	re := places[reporter]
	if re == nil {
		return ""
	}
	if m := re.FindSubmatch(mail); m != nil {
		return strings.TrimRight(string(m[1]), ".,;")
	}
	return ""
}

var packed = regexp.MustCompile(`\n\n(UEsD[A-Za-z0-9+/=\n]+)`)

// firstOfSheet returns the address in the first line of the sheet in an archive.
func firstOfSheet(mail []byte) string {
	mail = bytes.ReplaceAll(mail, []byte("\r"), nil)
	m := packed.FindSubmatch(mail)
	if m == nil {
		return ""
	}
	raw, _ := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(m[1])), ""))
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil || len(z.File) == 0 {
		return ""
	}
	r, err := z.File[0].Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	text, _ := io.ReadAll(io.LimitReader(r, 1<<20)) // what was read before an error has the first line
	_, second, _ := strings.Cut(string(text), "\n")
	cells := strings.SplitN(second, `","`, 3)
	if len(cells) < 2 {
		return ""
	}
	address, _, _ := strings.Cut(cells[1], `"`)
	return address
}

// Violations says which demands are not met.
func (f ReportFigures) Violations() (v []string) {
	if share := float64(f.Both) / float64(max(f.Mails, 1)); f.Mails == 0 || share < minReports {
		v = append(v, fmt.Sprintf("%d of %d mails have the right kind and address (%.3f); expected at least %.2f", f.Both, f.Mails, share, minReports))
	}
	return v
}

// String returns the figures on one line.
func (f ReportFigures) String() string {
	return fmt.Sprintf("mails %d, right kind %d, right address %d, both %d", f.Mails, f.Kind, f.Address, f.Both)
}
