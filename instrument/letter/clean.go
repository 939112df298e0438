package letter

import "bytes"

// lined makes lines end in a newline, whatever they ended in. A return by itself ends a line only where
// nothing else does: a server on the way saw none there.
func lined(mail []byte) []byte {
	if bytes.IndexByte(mail, '\r') < 0 {
		return mail
	}
	if bytes.IndexByte(mail, '\n') < 0 {
		return bytes.ReplaceAll(mail, []byte("\r"), []byte("\n"))
	}
	return bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n"))
}

// split cuts a header from its body and leaves out what is none among its lines: lines of a
// mailbox file, and whatever else has no name before a colon. ok is false where the header has more
// bytes than most. In the body returns end lines; no header that matters is there.
func split(entity []byte, most int) (header, body []byte, ok bool) {
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
		if len(header)+len(line) >= most {
			return nil, nil, false
		}
		if kept {
			header = append(append(header, line...), '\n')
		}
	}
	for i := range header {
		if header[i] == '\r' {
			header[i] = ' '
		}
	}
	if bytes.IndexByte(entity, '\r') >= 0 {
		entity = bytes.ReplaceAll(entity, []byte("\r"), []byte("\n"))
	}
	return append(header, '\n'), entity, true
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
