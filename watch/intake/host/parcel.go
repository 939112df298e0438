package host

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// DpkgDigest finds a file in the text of /var/lib/dpkg/info/PACKAGE.md5sums: lines of an MD5 in hex, two spaces and a
// path without its first slash (deb-md5sums(5)). ok is false where the file is not in it.
func DpkgDigest(text []byte, path string) (md5 string, ok bool) {
	want := strings.TrimPrefix(path, "/")
	for line := range bytes.Lines(text) {
		digest, name, found := strings.Cut(strings.TrimRight(string(line), "\n"), "  ")
		if found && name == want && isHex(digest, 32) {
			return strings.ToLower(digest), true
		}
	}
	return "", false
}

// ApkDigest finds a file in the text of /lib/apk/db/installed: records of packages, in which F: begins a folder, R: a file
// in it and Z:Q1 its SHA-1 in base64 (apk-tools, "Apk spec"). ok is false where the file is not in it.
func ApkDigest(text []byte, path string) (sha1 string, ok bool) {
	var dir, name string
	for line := range bytes.Lines(text) {
		field, value, found := strings.Cut(strings.TrimRight(string(line), "\n"), ":")
		if !found {
			dir, name = "", ""
			continue
		}
		switch field {
		case "F":
			dir, name = "/"+strings.Trim(value, "/"), ""
		case "R":
			name = strings.TrimSuffix(dir, "/") + "/" + value
		case "Z":
			digest, isSHA1 := strings.CutPrefix(value, "Q1")
			raw, err := base64.StdEncoding.DecodeString(digest)
			if isSHA1 && err == nil && len(raw) == 20 && name == path && dir != "" {
				return hex.EncodeToString(raw), true
			}
		}
	}
	return "", false
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}
