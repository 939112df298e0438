package flood

import (
	"fmt"
	"math/rand/v2"

	"github.com/evenkeel/evenkeel/lab/edge/browser"
)

// Way is how an attack is carried out.
type Way uint8

// The ways.
const (
	Requests   Way = iota // by persons, each with an address, cookies and a connection
	Slow                  // connections whose heads and bodies come a byte at a time
	Frames                // streams that are reset at once, and heads that never end
	Handshakes            // hellos whose answer nobody waits for
)

// Profile is one attack.
type Profile struct {
	Letter  string
	Name    string
	Says    string
	Way     Way
	Rate    float64 // a second, at 10 times what the site's workers take where these are what is attacked
	Unit    string  // of what there are so many
	Persons int     // how many addresses; over IPv4 and IPv6 in turn, but for those behind a carrier's
	Each    int     // requests on one connection, then another is opened; 0 is as many as it takes
	Kinds   []browser.Kind
	Path    func(r *rand.Rand) string
	Solves  bool // does what a challenge asks
	Cookies bool // keeps what it is given
	Carrier bool // comes from the addresses that visitors share
	Names   bool // asks for names that nobody has
}

func search(r *rand.Rand) string { return fmt.Sprintf("/search?q=%08x", r.Uint32()) }
func busts(r *rand.Rand) string {
	return fmt.Sprintf("/search?q=%x&_=%x&r=%d", r.Uint32(), r.Uint64(), r.IntN(1e6))
}

// agents are what attackers say that they are.
func agents() []browser.Kind {
	var list []browser.Kind
	for v := 118; v < 134; v++ {
		list = append(list, browser.Library.As(fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", v)),
			browser.Library.As(fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0", v, v)))
	}
	return list
}

// Searches is how many searches a second are ten times what the site's workers can do, where each takes 40 ms and there are four.
const Searches = 1000

// Profiles are all attacks. (k), attacks of a cloud's own tenants on others, is no matter of an edge.
func Profiles() []Profile {
	browsers := []browser.Kind{browser.Chrome, browser.Firefox, browser.Safari}
	library := []browser.Kind{browser.Library}
	return []Profile{
		{Letter: "a", Name: "Wellcome", Says: "10,372 addresses, one search each on a connection of its own; a library's hello under browsers' names", Rate: Searches, Unit: "requests",
			Persons: 10372, Each: 1, Kinds: agents(), Path: search},
		{Letter: "b", Name: "few addresses", Says: "20 addresses that hammer searches over connections that they keep", Rate: Searches, Unit: "requests", Persons: 20, Kinds: library, Path: search},
		{Letter: "c", Name: "cache buster", Says: "400 addresses; the name of the browser changes with each connection of five requests, each address that is asked for is new", Rate: Searches, Unit: "requests",
			Persons: 400, Each: 5, Kinds: agents(), Path: busts},
		{Letter: "d", Name: "slow heads and bodies", Says: "heads and bodies that come one byte a second, 2,000 at once from 500 addresses", Way: Slow, Rate: 400, Unit: "connections", Persons: 500, Kinds: library},
		{Letter: "e", Name: "reset and CONTINUATION", Says: "searches that are reset at once, and heads that never end, over HTTP/2 from 40 addresses", Way: Frames, Rate: 10 * Searches, Unit: "frames", Persons: 40, Kinds: library, Path: search},
		{Letter: "f", Name: "handshakes only", Says: "hellos of browsers from 5,000 addresses, whose server's answer is thrown away", Way: Handshakes, Rate: 3 * Searches, Unit: "handshakes", Persons: 5000, Kinds: browsers},
		{Letter: "g", Name: "unknown names", Says: "the same for names below the site's that nobody has", Way: Handshakes, Rate: 3 * Searches, Unit: "handshakes", Persons: 5000, Kinds: browsers, Names: true},
		{Letter: "h", Name: "solvers", Says: "500 browsers' hellos that solve what they are asked with a program, and keep what they get", Rate: Searches, Unit: "requests", Persons: 500, Kinds: browsers, Path: search, Solves: true, Cookies: true},
		{Letter: "i", Name: "perfect fingerprint", Says: "500 browsers' hellos, prefaces and fields, with cookies, and nothing that could solve", Rate: Searches, Unit: "requests", Persons: 500, Kinds: browsers, Path: search, Cookies: true},
		{Letter: "j", Name: "behind a carrier", Says: "one of each 500 behind four addresses that visitors share hammers searches", Rate: Searches, Unit: "requests", Persons: 4, Kinds: library, Path: search, Carrier: true},
	}
}

// Named returns the profile of a letter.
func Named(letter string) (Profile, error) {
	for _, p := range Profiles() {
		if p.Letter == letter {
			return p, nil
		}
	}
	if letter == "k" {
		return Profile{}, fmt.Errorf("there is no attack k here: attacks of own tenants on others pass no edge")
	}
	return Profile{}, fmt.Errorf("there is no attack %q; expected a letter from a to j", letter)
}
