package hello_test

import (
	"encoding/binary"
	"slices"
)

// What hellos are built of.

func u16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

// vec puts a length of width bytes before what is there.
func vec(width int, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	n := binary.BigEndian.AppendUint64(nil, uint64(len(body)))
	return append(n[8-width:], body...)
}

func pairs(codes ...uint16) (b []byte) {
	for _, c := range codes {
		b = binary.BigEndian.AppendUint16(b, c)
	}
	return b
}

func ext(kind int, body ...[]byte) []byte { return slices.Concat(u16(kind), vec(2, body...)) }

func sni(name string) []byte { return ext(0, vec(2, []byte{0}, vec(2, []byte(name)))) }

func alpn(names ...string) []byte {
	var list []byte
	for _, n := range names {
		list = append(list, vec(1, []byte(n))...)
	}
	return ext(16, vec(2, list))
}

func versions(v ...uint16) []byte   { return ext(43, vec(1, pairs(v...))) }
func groups(g ...uint16) []byte     { return ext(10, vec(2, pairs(g...))) }
func signatures(s ...uint16) []byte { return ext(13, vec(2, pairs(s...))) }

// message is a ClientHello of TLS; exts nil stands for a message without the block.
func message(ciphers []uint16, exts ...[]byte) []byte {
	body := slices.Concat(u16(0x0303), make([]byte, 32), vec(1, make([]byte, 32)), vec(2, pairs(ciphers...)), vec(1, []byte{0}))
	if exts != nil {
		body = append(body, vec(2, exts...)...)
	}
	return slices.Concat([]byte{1}, vec(3, body))
}

// records cuts a message into records of at most size bytes.
func records(message []byte, size int) (out []byte) {
	for part := range slices.Chunk(message, size) {
		out = append(out, slices.Concat([]byte{22, 3, 1}, vec(2, part))...)
	}
	return out
}

// plain is a hello as many clients send it.
func plain(more ...[]byte) []byte {
	return message([]uint16{0x1301, 0x1302, 0xc02b}, slices.Concat([][]byte{
		sni("a.example"), groups(29, 23), alpn("h2", "http/1.1"), signatures(0x0403, 0x0804), versions(0x0304, 0x0303),
	}, more)...)
}
