package letter

import "strings"

// Checked returns what the mail server of that name wrote of where a mail came from (RFC 8601,
// Authentication-Results): the words behind spf=, dkim= and dmarc=. Without a name, or where that
// server wrote nothing, all are "": anybody can write such a field, and only that server takes away
// those which name it and are not its own. What stands in comments and quotation marks is not read:
// the sender chose it.
func (h Header) Checked(server string) (spf, dkim, dmarc string) {
	if server == "" {
		return "", "", ""
	}
	for _, value := range h.All("Authentication-Results") {
		by, results, _ := strings.Cut(bare(value), ";")
		by, _, _ = strings.Cut(strings.TrimSpace(by), " ")
		if !strings.EqualFold(by, server) {
			continue
		}
		for result := range strings.SplitSeq(results, ";") {
			method, rest, _ := strings.Cut(result, "=")
			method = strings.ToLower(strings.TrimSpace(method))
			verdict := strings.ToLower(word(strings.TrimSpace(rest)))
			switch into := map[string]*string{"spf": &spf, "dkim": &dkim, "dmarc": &dmarc}[method]; {
			case into == nil:
			case *into == "" || method == "dkim" && verdict == "pass": // one good signature is enough
				*into = verdict
			}
		}
		return spf, dkim, dmarc // the topmost is the last that was written
	}
	return "", "", ""
}

// bare leaves out comments, which may hold others, and quoted strings. One that does not end is all
// that follows.
func bare(s string) string {
	var b strings.Builder
	quoted, depth := false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case quoted:
			quoted = c != '"'
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '"':
			quoted = true
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
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
