package letter

import (
	"bytes"
	"io"

	"github.com/evenkeel/evenkeel"
)

// Take reads a mail from a stream. One of more than MaxBytes is refused after that many.
func Take(from io.Reader) ([]byte, error) {
	mail, err := io.ReadAll(io.LimitReader(from, MaxBytes+1))
	switch {
	case err != nil:
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "read mail", Err: err}
	case len(mail) > MaxBytes:
		return nil, tooLarge()
	}
	return mail, nil
}

func tooLarge() error {
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: "the mail is larger than 22 MiB",
		Hint: "send less evidence: XARF allows 15 MB of it",
	}
}

// lined makes lines end in a newline, whatever they ended in.
func lined(mail []byte) []byte {
	if bytes.IndexByte(mail, '\r') < 0 {
		return mail
	}
	mail = bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(mail, []byte("\r"), []byte("\n"))
}

// split cuts a header from its body and leaves out what is none among its lines: lines of a
// mailbox file, and whatever else has no name before a colon.
func split(entity []byte) (header, body []byte) {
	kept := false // was the last line one of the header?
	for len(entity) > 0 {
		line, rest, _ := bytes.Cut(entity, []byte("\n"))
		entity = rest
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			kept = named(line)
		}
		if kept {
			header = append(append(header, line...), '\n')
		}
	}
	return append(header, '\n'), entity
}

// pieces cuts the body of a multipart at its boundary, at most so many times. What stands before
// the first one and behind the last is left out; where the last one is missing, the body's end
// is the end.
func pieces(body []byte, boundary string, most int) (all [][]byte) {
	mark := []byte("--" + boundary)
	begin := -1
	for at := 0; at < len(body) && len(all) <= most; {
		end := len(body)
		if i := bytes.IndexByte(body[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if after, ok := bytes.CutPrefix(body[at:end], mark); ok {
			if after = bytes.TrimSpace(after); len(after) == 0 || bytes.Equal(after, []byte("--")) {
				if begin >= 0 {
					all = append(all, body[begin:at])
				}
				begin = end
				if len(after) > 0 {
					return all
				}
			}
		}
		at = end
	}
	if begin >= 0 && begin < len(body) && len(all) <= most {
		all = append(all, body[begin:])
	}
	return all
}

// named says whether a line begins with the name of a header field (RFC 5322: printable ASCII
// without a colon).
func named(line []byte) bool {
	i := bytes.IndexByte(line, ':')
	if i < 1 {
		return false
	}
	for _, c := range bytes.TrimRight(line[:i], " \t") {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
