package wall

// Reason is why an address that was refused at a site goes to the kernel, or does not.
type Reason uint8

// The reasons, in the order in which they are looked for.
const (
	Down       Reason = iota // it is dropped
	Again                    // it is dropped already
	NoEnd                    // what refuses it has no end, or one that is past
	Unproven                 // no handshake of TCP was completed with it, so anybody may have written it there
	Kept                     // it is in a range that is never touched
	Relay                    // it is known that many share it
	Trusted                  // somebody who showed a browser came from it, or a verified bot
	Machines                 // several machines or programs came from it
	NoSYN                    // the kernel kept no SYN of it, so whether there are several machines nobody knows
	Elsewhere                // it visits another tenant's site, and has not failed there
	Neighbours               // too many of its network were to be dropped at once
	TooMany                  // as many are dropped as may be
	TooFast                  // as many were added within the second as may be
	Stopped                  // very many were to be dropped within a minute
	Broken                   // the kernel did not take it
	Reasons                  // how many there are
)

var reasons = [Reasons]string{
	Down: "dropped", Again: "dropped already", NoEnd: "no end", Unproven: "no handshake", Kept: "never touched", Relay: "known to be shared", Trusted: "somebody passed there",
	Machines: "several machines", NoSYN: "no SYN known", Elsewhere: "visits another tenant", Neighbours: "too many of one network", TooMany: "as many as may be", TooFast: "too many a second",
	Stopped: "stopped by the breaker", Broken: "refused by the kernel",
}

// String returns a few words.
func (r Reason) String() string {
	if r < Reasons {
		return reasons[r]
	}
	return "invalid"
}
