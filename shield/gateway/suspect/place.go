package suspect

// Place is where an address belongs. What is zero is not known, and is not held against anybody.
type Place struct {
	AS      uint32
	Country [2]byte // ISO 3166-1 alpha-2
	Range   Range
}

// Range is which kind of known range an address is in. Where it is in several, the greater counts: what protects goes before what does not.
type Range uint8

// The kinds of ranges.
const (
	Unlisted Range = iota
	Cloud          // machines for rent
	Tor            // exits
	Carrier        // behind which a carrier has many customers (CGNAT, RFC 6598), those of telephones above all
	Relay          // of a browser's or a system's maker, such as iCloud Private Relay
	ranges
)

var rangeWords = [ranges]string{"unlisted", "cloud", "tor", "carrier", "relay"}

// String returns the word of a kind, "invalid" where it is none.
func (r Range) String() string {
	if r < ranges {
		return rangeWords[r]
	}
	return "invalid"
}

// ParseRange returns the kind that a word names: cloud, tor, carrier or relay.
func ParseRange(word string) (Range, bool) {
	for r := Cloud; r < ranges; r++ {
		if rangeWords[r] == word {
			return r, true
		}
	}
	return Unlisted, false
}

// Shared says whether many people who have nothing to do with one another come from one address of the range: what one of them does there
// is not the others'. Of an address that is not shared by any list Crowd finds it out.
func (r Range) Shared() bool { return r >= Tor }

// dear says whether a rule on addresses of the range is taken to do more harm than is known of it: carriers' and relays' customers are
// people who look alike, and are limited three times as often as others, though they are less often robots (a study of CGNAT by
// Cloudflare, October 2025).
func (r Range) dear() bool { return r >= Carrier }

// dearBy is how many times the harm of a rule is counted, all of whose visits come from ranges that are dear.
const dearBy = 3
