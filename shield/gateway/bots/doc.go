// Package bots knows good bots: those whose address shows that they are who their user agent says.
//
// # In and out
//
// In: the operator's list of Bots (words of user agents, domains of reverse names, files of published ranges), a Resolver, and for each visit an address and
// a user agent. Out: which bot it verifiably is (Register.Verify), and how the files and the questions stand (States, Counts).
//
// # Reading order
//
// bot.go (what a bot is), register.go (verifying), names.go (what is asked of DNS, behind the visitor's back), cache.go.
//
// # What must always hold
//
// A user agent alone makes nobody a bot: the address is in a range that its operator publishes, and its reverse name lies in the bot's
// domain and leads back to the address (forward-confirmed reverse DNS); both, unless the list says that one suffices. No visit waits for DNS: until the
// answer is there, whoever comes is no bot. Verify allocates nothing, and an address outside of all ranges costs one lookup. Questions have a
// bounded number at once, a budget a second and an end each; answers are kept in a bounded number, those that are no as well, and each ends. What DNS does
// not answer is not held against anybody for longer than a minute.
//
// # What is not here
//
// What a bot may do (its rate is told here and kept by shield/gateway), fetching lists of ranges.
package bots
