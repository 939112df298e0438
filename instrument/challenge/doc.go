// Package challenge asks a visitor's browser for a little work or a little patience, believes the
// answer without having kept anything, and remembers it in a cookie.
//
// # In and out
//
// In: seeds that a fleet shares (NewSeed, NewKeys), whom and which domain a token is for (Scope), what
// is asked (Ask), the time, and a lot from whoever calls. Out: a token for the page (Keys.Issue), then a Ticket of
// the answer (Keys.Check), whether that was its first use (Spent.Take, and Spent.Learn
// of other edges), the cookie for it (Keys.Grant, Jar.SetCookie),
// and the Pass of a request that brings one (Keys.Admit). Script does the work in a browser. Bands say which Demand a weight of suspicion makes; Of
// says who may be shown a page at all.
//
// # Reading order
//
// scope.go (for whom, what is asked), manner.go (who may be asked), seed.go (keys that do not print, and epochs), token.go
// (form, issue, check), work.go (the proof), spent.go (single use), cookie.go (pass and cookie), bands.go.
//
// # What must always hold
//
// A token or a cookie of another domain, client, epoch, seed, form or difficulty is never believed; nothing
// of one is believed before its authentication, but what makes it refused sooner. Checking takes two
// hashes of fixed length, no lock and no allocation. One use of a token is first, however many come at
// once, while the filter of its epoch has room; where it has none, that is said, and the pass that follows
// is the same pass: its id is the token's, so whoever counts by id counts one visitor. A key is changed without a
// gap: the first seed signs, each is believed, and a token outlives the end of its epoch. A clock that is wrong
// makes tokens be refused and new ones be asked; nothing is kept that would refuse them after it is right again.
// Seeds never appear in an error or in anything that fmt prints.
//
// What made visitors suffer elsewhere cannot be said in these forms:
//
//   - An odd number of cores, a fraction, a number beyond 2⁵³: the nonce is a text that is hashed as it came
//     and is never read as a number, so there is nothing to disagree about. Anubis refused the fractions that
//     its own script made on machines with an odd number of cores (its blog, August 2025).
//   - Challenges of one page that overwrite each other: a token travels in the page and not in a cookie, each pass
//     has a cookie with a name of its own, of several any good one counts (the newest is tried first), and nothing
//     here deletes one (Anubis 520, 1375, 1481, 1946, 1952). Only documents are asked (Of), never what they load.
//   - Addresses that change, IPv4 beside IPv6, carriers' shared ones: no address can be put in. The client is
//     a number that the caller makes of what stays, such as the stable key of the ClientHello (Anubis 564).
//   - Privacy browsers that wrap workers or blur clocks: the work needs SHA-256 of a text and nothing else, neither a
//     worker nor WebCrypto nor WebAssembly, and no time of the client is read (Anubis 400). A test takes all of that away
//     from a real Chromium, forbids all scripts but one file, and it is let in.
//   - Strict Content-Security-Policy, no JavaScript: whoever cannot work waits (FormWait): a refresh of the page
//     brings the token back, after its seconds and not before. One that comes early is told when, and its token stays good, so a
//     clock that is behind makes nobody go in circles (Anubis 1864, Lobsters 1781).
//
// # What is not here
//
// The page, who counts as suspect, when a stage begins, what failures lead to, and the
// transport of seeds: the gateway's. Drawing lots and seeds, and the clock: the caller's.
package challenge
