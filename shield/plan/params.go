package plan

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

// Kind is what a limit counts.
type Kind uint8

// The kinds of limit, in the order in which a packet meets them: what tells a flood comes first, so that
// what is dropped there takes nothing from the buckets of the rest.
const (
	SYNs    Kind = iota + 1 // TCP with SYN and without ACK
	Flows                   // new flows: SYNs, UDP between ports that did not speak lately, and each packet of ICMP, which has no flow
	Packets                 // of any kind
	Bits                    // on the wire, as the port sees it: headers of the link count
)

var kinds = [...]string{SYNs: "syn_rate", Flows: "new_flows", Packets: "rate", Bits: "bit_rate"}

// String returns the name of the parameter: syn_rate, new_flows, rate or bit_rate.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kinds) {
		return "invalid"
	}
	return kinds[k]
}

// The bounds of parameters. A bit rate below LeastBits would let no full packet through.
const (
	MostRate    = 100_000_000     // packets, SYNs or flows a second
	LeastBits   = 64_000          // bits a second
	MostBits    = 100_000_000_000 // bits a second
	MostFlows   = 16              // of one order
	MostUpdate  = 500             // bytes of what a page says
	whenPressed = "pressed"
	perTo       = "_to"          // suffix of a limit per destination
	maxParam    = MostFlows * 64 // bytes of one parameter
	anyProto    = "tcp, udp, sctp, icmp, icmpv6 or gre"
	flowForm    = "tcp/203.0.113.7/80; port 0 is any"
	limitForm   = "rate, bit_rate, syn_rate or new_flows, each also with _to"
)

// Params is what an order says of its measure.
type Params struct {
	Limits []Rate // of limit, and of drop-flow for all that is not cut; sorted
	Flows  []Flow // of drop-flow, sorted, each once
	Share  Share  // of throttle
	Update string // of shut: what its page says that is new; ""
	// Pressed says of shut that the page is shown only while visitors press so hard that nothing else helps, as the edge sees it;
	// else it is shown from its beginning to its end.
	Pressed bool
}

// Rate is one limit of an order.
type Rate struct {
	Kind Kind
	To   bool   // for each destination, not for the port
	Most uint64 // a second
}

// Flow is one destination: protocol, address and port.
type Flow struct {
	Proto uint8
	To    netip.Addr
	Port  uint16 // 0: any
}

// Share is a part of a guest's CPUs, in hundredths of a percent: 2000 is 20 %.
type Share uint16

// Whole is all of them.
const Whole Share = 10_000

// String writes it in percent, such as 20% or 2.5%.
func (s Share) String() string {
	return strconv.FormatFloat(float64(s)/100, 'f', -1, 64) + "%"
}

// String writes it as ParseFlow reads it.
func (f Flow) String() string {
	return fmt.Sprintf("%s/%s/%d", cmp.Or(packet.Name(f.Proto), strconv.Itoa(int(f.Proto))), f.To, f.Port)
}

func compareFlows(a, b Flow) int {
	return cmp.Or(cmp.Compare(a.Proto, b.Proto), a.To.Compare(b.To), cmp.Compare(a.Port, b.Port))
}

// ParseParams reads the parameters of a measure. What is unknown, out of bounds or missing is an error
// that says what was expected; nothing is guessed.
func ParseParams(m evenkeel.Measure, params map[string]string) (p Params, err error) {
	keys := make([]string, 0, len(params))
	for k := range params {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if err := p.read(m, k, params[k]); err != nil {
			return Params{}, err
		}
	}
	switch {
	case m == evenkeel.MeasureLimit && len(p.Limits) == 0:
		return Params{}, evenkeel.Invalid("limit names no rate; expected %s", limitForm)
	case m == evenkeel.MeasureDropFlow && len(p.Flows) == 0:
		return Params{}, evenkeel.Invalid("drop-flow names no flows; expected flows, such as %s", flowForm)
	case m == evenkeel.MeasureThrottle && p.Share == 0:
		return Params{}, evenkeel.Invalid("throttle names no cpu; expected cpu, such as 20%%")
	}
	slices.SortFunc(p.Limits, func(a, b Rate) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), boolCompare(b.To, a.To), cmp.Compare(a.Most, b.Most))
	})
	return p, nil
}

func (p *Params) read(m evenkeel.Measure, key, text string) error {
	if len(text) > maxParam {
		return evenkeel.Invalid("%s has %d bytes; expected at most %d", shown(key), len(text), maxParam)
	}
	switch {
	case m == evenkeel.MeasureDropFlow && key == "flows":
		flows, err := ParseFlows(text)
		p.Flows = flows
		return err
	case m == evenkeel.MeasureLimit || m == evenkeel.MeasureDropFlow:
		bare, to := strings.CutSuffix(key, perTo)
		for k := SYNs; int(k) < len(kinds); k++ {
			if kinds[k] == bare {
				most, err := parseRate(key, text, k)
				p.Limits = append(p.Limits, Rate{Kind: k, To: to, Most: most})
				return err
			}
		}
		if m == evenkeel.MeasureDropFlow {
			return evenkeel.Invalid("drop-flow has no parameter %s; expected flows, or %s", shown(key), limitForm)
		}
		return evenkeel.Invalid("limit has no parameter %s; expected %s", shown(key), limitForm)
	case m == evenkeel.MeasureThrottle && key == "cpu":
		share, err := ParseShare(text)
		p.Share = share
		return err
	}
	if m == evenkeel.MeasureShut && key == "update" {
		if len(text) > MostUpdate || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return evenkeel.Invalid("the update of a page %s; expected at most %d bytes in one line", shown(text), MostUpdate)
		}
		p.Update = text
		return nil
	}
	if m == evenkeel.MeasureShut && key == "when" && text == whenPressed {
		p.Pressed = true
		return nil
	}
	expected := "none"
	if m == evenkeel.MeasureShut {
		expected = "update, or when: " + whenPressed
	}
	if m == evenkeel.MeasureThrottle {
		expected = "cpu"
	}
	return evenkeel.Invalid("%s has no parameter %s; expected %s", m, shown(key), expected)
}

// parseRate reads a decimal number. What is behind the point is cut: a limit is never above what was said.
func parseRate(key, text string, k Kind) (uint64, error) {
	least, most := uint64(1), uint64(MostRate)
	if k == Bits {
		least, most = LeastBits, MostBits
	}
	n, ok := decimal(text, 0)
	if !ok || n < least || n > most {
		return 0, evenkeel.Invalid("%s is %s; expected a number from %d to %d", key, shown(text), least, most)
	}
	return n, nil
}

// ParseShare reads a percentage from 1 % to 100 %, with or without its sign, to two decimals.
func ParseShare(text string) (Share, error) {
	bare := strings.TrimSuffix(text, "%")
	n, ok := decimal(bare, 2)
	if _, behind, _ := strings.Cut(bare, "."); !ok || n < 100 || n > uint64(Whole) || len(behind) > 2 {
		return 0, evenkeel.Invalid("cpu is %s; expected a percentage from 1%% to 100%%, such as 20%%", shown(text))
	}
	return Share(n), nil
}

// decimal reads digits with or without a point, as a whole number of units of 10^-places; what is
// smaller is cut. No sign, no exponent, no space.
func decimal(text string, places int) (n uint64, ok bool) {
	whole, behind, point := strings.Cut(text, ".")
	if whole == "" || point && behind == "" || len(text) > 32 {
		return 0, false
	}
	for i := range len(behind) {
		if behind[i] < '0' || behind[i] > '9' {
			return 0, false
		}
	}
	digits := whole
	for i := range places {
		if i < len(behind) {
			digits += behind[i : i+1]
		} else {
			digits += "0"
		}
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}

// ParseFlows reads 1 to MostFlows flows between commas, and returns them sorted, each once.
func ParseFlows(text string) ([]Flow, error) {
	parts := strings.Split(text, ",")
	if len(parts) > MostFlows {
		return nil, evenkeel.Invalid("flows names %d flows; expected at most %d", len(parts), MostFlows)
	}
	all := make([]Flow, 0, len(parts))
	for _, part := range parts {
		f, err := ParseFlow(part)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortFunc(all, compareFlows)
	return slices.Compact(all), nil
}

// ParseFlow reads protocol/address/port, such as tcp/203.0.113.7/80.
func ParseFlow(text string) (Flow, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return Flow{}, evenkeel.Invalid("flow %s; expected protocol/address/port, such as %s", shown(text), flowForm)
	}
	number, known := packet.Number(parts[0])
	if !known {
		return Flow{}, evenkeel.Invalid("flow %s: protocol %s; expected %s", shown(text), shown(parts[0]), anyProto)
	}
	a, err := netip.ParseAddr(parts[1])
	if err != nil || a.Zone() != "" || a.Unmap().IsUnspecified() {
		return Flow{}, evenkeel.Invalid("flow %s: address %s; expected one IPv4 or IPv6 address without a zone", shown(text), shown(parts[1]))
	}
	f := Flow{Proto: number, To: a.Unmap()}
	if f.Proto == packet.ICMP && f.To.Is6() {
		f.Proto = packet.ICMPv6
	}
	port, err := strconv.ParseUint(parts[2], 10, 16)
	if err != nil || parts[2] != strconv.FormatUint(port, 10) || port != 0 && !ported(number) {
		return Flow{}, evenkeel.Invalid("flow %s: port %s; expected 0 to 65535, and 0 where the protocol has none", shown(text), shown(parts[2]))
	}
	f.Port = uint16(port)
	return f, nil
}

// ported says whether a protocol has ports.
func ported(proto uint8) bool {
	return proto == packet.TCP || proto == packet.UDP || proto == packet.SCTP
}

// shown quotes what came from outside, cut to what fits into a sentence.
func shown(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(strings.ToValidUTF8(s, "�"))
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
