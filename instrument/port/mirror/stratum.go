package mirror

import "bytes"

// How much of what a conversation begins with is looked at.
const (
	lookBytes  = 128 // of payload
	leastBytes = 40  // that the shortest request has
	mostLooks  = 3   // packets
)

// look looks at what a packet of a conversation brings, if it is one of the first that bring anything.
func (p *Port) look(t *Talk, k *Packet, data []byte) {
	if !p.Reads || t == nil || t.Looks >= mostLooks || len(data) < k.Headers+leastBytes || k.Marks&Fragment != 0 {
		return
	}
	t.Looks++
	p.Counts.Looked++
	payload := data[k.Headers:]
	if isStratum(payload[:min(len(payload), lookBytes)]) {
		t.Stratum, t.Looks = true, mostLooks
	}
}

// isStratum says whether a payload is a request of JSON that names a method of Stratum ("mining.subscribe" and its
// like, "eth_submitLogin"), or logs in under what may be a wallet: 32 letters and digits or more.
func isStratum(b []byte) bool {
	if len(b) == 0 || b[0] != '{' {
		return false
	}
	has := func(word string) bool { return bytes.Contains(b, []byte(word)) }
	if has(`"mining.`) || has(`"eth_sub`) {
		return true
	}
	run, wallet := 0, false
	for _, c := range b {
		run++
		if lower := c | 32; !(c >= '0' && c <= '9' || lower >= 'a' && lower <= 'z') {
			run = 0
		}
		wallet = wallet || run >= 32
	}
	return wallet && has(`"method"`) && has(`"login":`)
}
