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

// The hellos of browsers, by the facts of family.go, and of two programs. More extensions go before the padding.

func chromium(more ...[]byte) []byte {
	return message([]uint16{0x9a9a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35}, slices.Concat([][]byte{
		ext(0x1a1a), ext(5, []byte{1, 0, 0, 0, 0}), sni("a.example"), ext(18), ext(11, []byte{1, 0}), versions(0x2a2a, 0x0304, 0x0303),
		ext(51, vec(2, u16(0x3a3a), vec(2, []byte{0}), u16(4588), vec(2, make([]byte, 1216)), u16(29), vec(2, make([]byte, 32)))), ext(27, []byte{2, 0, 2}),
		ext(0x44cd, vec(2, vec(1, []byte("h2")))), ext(23), groups(0x3a3a, 4588, 29, 23, 24), ext(45, []byte{1, 1}), ext(35), ext(0xff01, []byte{0}),
		signatures(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601), alpn("h2", "http/1.1"), ext(0xfe0d, make([]byte, 200)),
	}, more, [][]byte{ext(0xaaaa, []byte{0})})...)
}

func firefox() []byte {
	return message([]uint16{0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35},
		sni("a.example"), ext(23), ext(0xff01, []byte{0}), groups(29, 23, 24, 25, 256, 257), ext(11, []byte{1, 0}), ext(35), alpn("h2", "http/1.1"),
		ext(34, vec(2, pairs(0x0403, 0x0503))), versions(0x0304, 0x0303), signatures(0x0403, 0x0503, 0x0603, 0x0804), ext(28, u16(16385)))
}

func safari() []byte {
	return message([]uint16{0x4a4a, 0x1302, 0x1303, 0x1301, 0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8, 0xc00a, 0xc009, 0xc014, 0xc013, 0x9d, 0x9c, 0x35, 0x2f, 0xc008, 0xc012, 0x0a},
		ext(0x1a1a), sni("a.example"), groups(0x2a2a, 29, 23, 24, 25), signatures(0x0403, 0x0804, 0x0401), ext(18), versions(0x3a3a, 0x0304, 0x0303, 0x0302, 0x0301))
}

func golang() []byte {
	return message([]uint16{0xc02b, 0xc02f, 0x1301}, sni("a.example"), ext(5, []byte{1, 0, 0, 0, 0}), groups(29, 23), ext(11, []byte{1, 0}), ext(18),
		signatures(0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603), versions(0x0304, 0x0303))
}

func openssl() []byte {
	return message([]uint16{0x1302, 0x1303, 0x1301}, sni("a.example"), ext(11, []byte{3, 0, 1, 2}), groups(29, 23), ext(22), signatures(0x0403, 0x0804), versions(0x0304, 0x0303))
}
