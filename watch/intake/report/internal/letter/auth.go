package letter

import "strings"

// Checked returns what the mail server of that name wrote of where a mail came from (RFC 8601,
// Authentication-Results): the words behind spf=, dkim= and dmarc=. Without a name, or where that
// server wrote nothing, all are "": anybody can write such a field.
func (l *Letter) Checked(server string) (spf, dkim, dmarc string) {
	if server == "" {
		return "", "", ""
	}
	for _, value := range l.Header.All("Authentication-Results") {
		by, results, _ := strings.Cut(value, ";")
		by, _, _ = strings.Cut(strings.TrimSpace(by), " ")
		if !strings.EqualFold(by, server) {
			continue
		}
		for result := range strings.SplitSeq(results, ";") {
			method, rest, _ := strings.Cut(strings.TrimSpace(result), "=")
			verdict := strings.ToLower(word(rest))
			switch into := map[string]*string{"spf": &spf, "dkim": &dkim, "dmarc": &dmarc}[strings.ToLower(method)]; {
			case into == nil:
			case *into == "" || method == "dkim" && verdict == "pass": // one good signature is enough
				*into = verdict
			}
		}
		return spf, dkim, dmarc // the topmost is the last that was written
	}
	return "", "", ""
}

// word returns the letters at the beginning.
func word(s string) string {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return s[:min(i, 20)]
		}
	}
	return s[:min(len(s), 20)]
}
