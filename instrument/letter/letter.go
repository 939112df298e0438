package letter

import "strings"

// Limits bound what a mail may cost. The zero value of a field stands for its default.
type Limits struct {
	Bytes  int  // of the whole mail, as it came; 22 MiB
	Header int  // bytes of one header; 1 MiB
	Parts  int  // of the whole mail, those that hold others counted; 300
	Depth  int  // of parts in parts; 12
	Body   int  // bytes of one body that are kept; 0: all of them
	Sealed bool // mails that lie in it are parts, and stay closed
}

// MaxBytes is the default of Limits.Bytes.
const MaxBytes = 22 << 20

func (l Limits) filled() Limits {
	for _, f := range []struct {
		at   *int
		most int
	}{{&l.Bytes, MaxBytes}, {&l.Header, 1 << 20}, {&l.Parts, 300}, {&l.Depth, 12}} {
		if *f.at <= 0 {
			*f.at = f.most
		}
	}
	return l
}

// Letter is a mail taken apart.
type Letter struct {
	Header Header
	Type   string            // media type of the whole, lower case
	Params map[string]string // of the media type
	Parts  []Part            // those with a body, in their order
	// Reports are the report-types of multiparts that do not stand in a mail within it, lower case.
	Reports []string
}

// Part is one body of a mail.
type Part struct {
	Type     string // media type, lower case
	Name     string // file name, or ""
	Attached bool   // its sender says that it is no text to be read
	Inner    bool   // it stands in a mail that is itself a part
	Header   Header
	Body     []byte // decoded; of text, in UTF-8 where the charset is known
}

// Refused is why a mail was not taken apart.
type Refused struct{ Why string }

// Error says it in a sentence about the mail.
func (r *Refused) Error() string { return r.Why }

// Text returns the first text that is meant to be read: plain text, else HTML without its tags.
func (l *Letter) Text() string {
	html := ""
	for _, p := range l.Parts {
		switch {
		case p.Inner, p.Name != "":
		case p.Type == "text/plain":
			return string(p.Body)
		case p.Type == "text/html" && html == "":
			html = untagged(string(p.Body))
		}
	}
	return html
}

// untagged leaves out what stands in angle brackets.
func untagged(html string) string {
	var b strings.Builder
	for html != "" {
		text, rest, _ := strings.Cut(html, "<")
		b.WriteString(text)
		_, html, _ = strings.Cut(rest, ">")
	}
	return b.String()
}
