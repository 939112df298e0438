package baseline

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
)

// ParseSettings reads what sshd -T prints, or sshd_config(5): a keyword and a value in a line, of which the first
// counts. What stands under Match holds for some only and is left out. Ports may be several; they are joined with a space.
func ParseSettings(text []byte) Settings {
	out := Settings{}
	for line := range bytes.Lines(text) {
		line := strings.TrimSpace(string(line))
		if line == "" || strings.HasPrefix(line, "#") || len(line) > 4096 {
			continue
		}
		i := strings.IndexAny(line, " \t=")
		if i < 0 {
			continue
		}
		key, value := strings.ToLower(line[:i]), strings.Trim(line[i:], " \t=\"")
		if key == "match" {
			break
		}
		if _, ok := out[key]; ok && key == "port" {
			out[key] += " " + value
		} else if !ok {
			out[key] = strings.ToLower(value)
		}
	}
	return out
}

// Defaults are those of OpenSSH where sshd_config says nothing (sshd_config(5)).
func (s Settings) Defaults() Settings {
	for key, value := range map[string]string{"port": "22", "passwordauthentication": "yes", "permitrootlogin": "prohibit-password"} {
		if s[key] == "" {
			s[key] = value
		}
	}
	return s
}

// Ports are those that the ssh server is set to listen on.
func (s Settings) Ports() (ports []uint16) {
	for p := range strings.FieldsSeq(s["port"]) {
		if n, err := strconv.ParseUint(p, 10, 16); err == nil && n > 0 {
			ports = append(ports, uint16(n))
		}
	}
	return ports
}

// maxKeys bounds what is read of one list.
const maxKeys = 4096

// ParseKeys reads authorized_keys (sshd(8)): options, type, key and comment. A line that has no type that is known is left out.
func ParseKeys(user string, text []byte) (keys []Key) {
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		for i := 0; i+1 < len(f) && !strings.HasPrefix(f[0], "#") && len(keys) < maxKeys; i++ {
			if strings.HasPrefix(f[i], "ssh-") || strings.HasPrefix(f[i], "ecdsa-") || strings.HasPrefix(f[i], "sk-") {
				raw, err := base64.StdEncoding.DecodeString(f[i+1])
				if err != nil {
					continue
				}
				k := Key{User: user, Type: f[i]}
				if k.Type == "ssh-rsa" {
					k.Bits = rsaBits(raw)
				}
				keys = append(keys, k)
				break
			}
		}
	}
	return keys
}

// rsaBits is the length of the modulus: a key is the texts "ssh-rsa", e and n, each behind its length (RFC 4253, 6.6).
func rsaBits(raw []byte) int {
	for range 2 {
		if len(raw) < 4 {
			return 0
		}
		n := uint64(binary.BigEndian.Uint32(raw)) + 4
		if n > uint64(len(raw)) {
			return 0
		}
		raw = raw[n:]
	}
	if len(raw) < 4 {
		return 0
	}
	n := bytes.TrimLeft(raw[4:], "\x00")
	if len(n) == 0 {
		return 0
	}
	bits := len(n) * 8
	for b := n[0]; b&0x80 == 0; b <<= 1 {
		bits--
	}
	return bits
}

// ParseUpgrades reads what apt-config dump prints (apt.conf(5)): whether APT::Periodic installs upgrades by itself.
func ParseUpgrades(text []byte) Answer {
	for line := range bytes.Lines(text) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "APT::Periodic::Unattended-Upgrade "); ok {
			if v = strings.Trim(v, `";`); v != "0" && v != "" {
				return Yes
			}
			return No
		}
	}
	return No
}
