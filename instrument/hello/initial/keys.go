package initial

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// version is what differs between versions of QUIC before a connection has keys of its own.
type version struct {
	salt   string
	prefix string // of the labels
	kind   byte   // the type that Initial packets have
}

// The versions that are told apart below.
const (
	version1 = 0x00000001 // RFC 9000
	version2 = 0x6b3343cf // RFC 9369
	drafts   = 0xff000000 // draft-ietf-quic-transport-NN is ff0000NN
)

// The salts: RFC 9001, section 5.2, which drafts 33 and 34 have too; RFC 9369, section 3.3.1; section 5.2 of
// draft-ietf-quic-tls-29 to 32, 23 to 28, and 22.
const (
	salt1  = "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"
	salt2  = "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"
	salt29 = "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"
	salt23 = "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02"
	salt22 = "\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x19\x3a\x96\xcd\x21\x51\x9e\xbd\x7a\x02\x64\x4a"
)

func versionOf(number uint32) (v version, ok bool) {
	switch {
	case number == version1, number >= drafts+33 && number <= drafts+34:
		return version{salt1, "quic ", 0}, true
	case number == version2:
		return version{salt2, "quicv2 ", 1}, true
	case number >= drafts+29 && number <= drafts+32:
		return version{salt29, "quic ", 0}, true
	case number >= drafts+23 && number <= drafts+28:
		return version{salt23, "quic ", 0}, true
	case number == drafts+22:
		return version{salt22, "quic ", 0}, true
	}
	return version{}, false
}

// keys are those of a client's Initial packets.
type keys struct {
	seal cipher.AEAD
	iv   [12]byte
	head cipher.Block
}

// derive makes the keys from the first connection id that the client chose for the server: RFC 9001, section 5.2.
// It fails for no input; an error is one of the cipher's.
func derive(v version, id []byte) (k keys, err error) {
	common, err := hkdf.Extract(sha256.New, id, []byte(v.salt))
	if err != nil {
		return k, err
	}
	client, err := expand(common, "client in", sha256.Size)
	if err != nil {
		return k, err
	}
	key, err := expand(client, v.prefix+"key", 16)
	if err != nil {
		return k, err
	}
	iv, err := expand(client, v.prefix+"iv", len(k.iv))
	if err != nil {
		return k, err
	}
	head, err := expand(client, v.prefix+"hp", 16)
	if err != nil {
		return k, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return k, err
	}
	if k.seal, err = cipher.NewGCM(block); err != nil {
		return k, err
	}
	copy(k.iv[:], iv)
	k.head, err = aes.NewCipher(head)
	return k, err
}

// expand is HKDF-Expand-Label with an empty context: RFC 8446, section 7.1.
func expand(secret []byte, label string, size int) ([]byte, error) {
	label = "tls13 " + label
	info := append([]byte{byte(size >> 8), byte(size), byte(len(label))}, label...)
	return hkdf.Expand(sha256.New, secret, string(append(info, 0)), size)
}

// nonce of a packet: RFC 9001, section 5.3.
func (k *keys) nonce(number uint64) (n [12]byte) {
	n = k.iv
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], number)
	for i, c := range b {
		n[4+i] ^= c
	}
	return n
}

// open takes the protection off a packet, in place: RFC 9001, sections 5.4 and 5.3. at is where its
// number stands, and largest the largest number so far, or -1. Not ok: these are not its keys.
func (k *keys) open(packet []byte, at int, largest int64) (number int64, payload []byte, ok bool) {
	const sample = 16
	if len(packet) < at+4+sample {
		return 0, nil, false
	}
	var mask [sample]byte
	k.head.Encrypt(mask[:], packet[at+4:at+4+sample])
	packet[0] ^= mask[0] & 0x0f
	size := int(packet[0]&3) + 1
	short := int64(0)
	for i := range size {
		packet[at+i] ^= mask[1+i]
		short = short<<8 | int64(packet[at+i])
	}
	number = full(short, 8*size, largest)
	nonce := k.nonce(uint64(number))
	payload, err := k.seal.Open(packet[at+size:at+size], nonce[:], packet[at+size:], packet[:at+size])
	return number, payload, err == nil
}

// full is the number of a packet of which bits are known: RFC 9000, appendix A.3.
func full(short int64, bits int, largest int64) int64 {
	window := int64(1) << bits
	want := largest + 1
	n := want&^(window-1) | short
	switch {
	case n <= want-window/2 && n < 1<<62-window:
		return n + window
	case n > want+window/2 && n >= window:
		return n - window
	}
	return n
}
