package story

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// mostNames is how many names one range may have.
const mostNames = 10_000

// parseMoment reads RFC 3339 or a date, which is its midnight in UTC.
func parseMoment(s string) (evenkeel.Moment, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return evenkeel.MomentOf(t), nil
	}
	m, err := evenkeel.ParseMoment(s)
	if err != nil {
		return 0, evenkeel.Invalid("time %q; expected 2019-05-29T06:00:00Z or 2019-05-29", s)
	}
	return m, nil
}

// parseSpan reads a positive duration such as 15s, 1h30m or 3d, at most ten years of each.
func parseSpan(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "0", s
	}
	n, err := strconv.Atoi(days)
	d := time.Duration(0)
	if err == nil && rest != "" {
		d, err = time.ParseDuration(rest)
	}
	if err != nil || n < 0 || n > 3660 || d < 0 || d > 3660*24*time.Hour || d+time.Duration(n) <= 0 {
		return 0, evenkeel.Invalid("duration %q; expected one above zero such as 15s, 20m, 1h30m or 3d, at most 3660d", s)
	}
	return d + time.Duration(n)*24*time.Hour, nil
}

// parseShare reads a percentage as a fraction of 1.
func parseShare(s string) (float64, error) {
	digits, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if !percent || err != nil || !(v >= 0 && v <= 100) {
		return 0, evenkeel.Invalid("share %q; expected 0%% to 100%%, such as 99.8%%", s)
	}
	return v / 100, nil
}

var byteUnits = []struct {
	name  string
	bytes float64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
}

// parseRate reads bytes per second, such as 20MB/s.
func parseRate(s string) (float64, error) {
	amount, perSecond := strings.CutSuffix(s, "/s")
	for _, u := range byteUnits {
		digits, ok := strings.CutSuffix(amount, u.name)
		if !ok || !perSecond {
			continue
		}
		v, err := strconv.ParseFloat(digits, 64)
		if err != nil || !(v >= 0 && v <= 1e12) {
			break
		}
		return float64(v * u.bytes), nil
	}
	return 0, evenkeel.Invalid("rate %q; expected bytes per second such as 20MB/s, 512KiB/s or 0B/s", s)
}

func parseCount(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, evenkeel.Invalid("number %q; expected a whole number, 0 or more", s)
	}
	return n, nil
}

// parsePackets reads packets a second.
func parsePackets(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0 && v <= 1e12) {
		return 0, evenkeel.Invalid("rate %q; expected packets a second, such as 20000", s)
	}
	return v, nil
}

// expandNames reads one name, or a range such as w-1..w-10 or web-01..web-12.
func expandNames(s string) ([]string, error) {
	first, last, isRange := strings.Cut(s, "..")
	if !isRange {
		return []string{s}, evenkeel.CheckID("name", s)
	}
	head, from := splitNumber(first)
	tail, until := splitNumber(last)
	a, errA := strconv.Atoi(from)
	b, errB := strconv.Atoi(until)
	if head != tail || errA != nil || errB != nil || a > b {
		return nil, evenkeel.Invalid("range %q; expected two names that differ in their last number only, such as w-1..w-10", s)
	}
	if b-a >= mostNames {
		return nil, evenkeel.Invalid("range %q has %d names; expected at most %d", s, b-a+1, mostNames)
	}
	width := 0
	if strings.HasPrefix(from, "0") {
		width = len(from)
	}
	names := make([]string, 0, b-a+1)
	for n := a; n <= b; n++ {
		names = append(names, fmt.Sprintf("%s%0*d", head, width, n))
	}
	return names, evenkeel.CheckID("name", names[0])
}

// splitNumber cuts the digits at the end of a name off.
func splitNumber(s string) (head, digits string) {
	i := len(s)
	for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
		i--
	}
	return s[:i], s[i:]
}

// parseEnd reads the other end of a flow: 198.51.100.7:3333/tcp, or 198.51.100.7/icmp.
func parseEnd(s string) (remote string, port uint16, protocol string, err error) {
	where, protocol, _ := strings.Cut(s, "/")
	if protocol != "" && protocol == strings.ToLower(protocol) {
		if end, err := netip.ParseAddrPort(where); err == nil {
			return end.Addr().String(), end.Port(), protocol, nil
		}
		if addr, err := netip.ParseAddr(where); err == nil {
			return addr.String(), 0, protocol, nil
		}
	}
	return "", 0, "", evenkeel.Invalid("other end %q; expected an address, port and protocol such as 198.51.100.7:3333/tcp or [2001:db8::7]:53/udp", s)
}

// chance is a number that looks random, 0 to 1 without 1, and is the same for the same
// name and moment.
func chance(name string, at evenkeel.Moment) float64 {
	h := siphash.New(siphash.Key{})
	h.String(name)
	h.Uint64(uint64(at))
	return math.Ldexp(float64(h.Sum()>>11), -53)
}
