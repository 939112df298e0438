// Package gateway is the brain of the edge: it decides, for each visit to each tenant's domain, whether it goes to the backends, is asked
// for something first, waits, or is refused, so that one tenant's flood stays one tenant's flood.
//
// # In and out
//
// In: sites (Edge.Follow, Edge.Put), what each may do by itself (Edge.Mandate), connections before any key is exchanged (Edge.Greet), requests
// (Edge.ServeHTTP, which forwards them too, or Edge.Judge and Edge.Told for gateways of others), answers to challenges (Edge.Answer), a stop
// of one site (Edge.Stop), and the time. Out: verdicts; changes of stage with their reasons (Config.Changed); addresses that are refused, each with
// its end (Config.Banned); what other edges of the same operator are to know (Fleet.Say), and what they said (Edge.Heard); where each site stands (Edge.Standings); what came to each
// and some requests of many (Edge.Counts); who a ray was given to (Edge.Ray).
//
// # Reading order
//
// edge.go (what it is made of), domain.go (what is known of one site), visit.go (what is known of who visits), greet.go (before the handshake), bans.go and failures.go (who is refused),
// judge.go (the verdict), ask.go (challenges and their answers), passes.go, line.go (the waiting room), down.go (the page of a site whose backends are dead),
// serve.go and body.go (the own proxy), scribe.go, seen.go and inbox.go (the one goroutine that learns and moves the stages),
// counts.go (what is counted as what), samples.go and teller.go (what is told of it), costs.go (what attacks took), fleet.go and told.go (several edges), rays.go, saved.go.
//
// # What must always hold
//
// What a visitor meets depends on its own site's stage and rules and on no other's (a stage never leaks). At observe nobody is asked, and nothing
// stands between a visitor and the backend but the place in flight. Holders of a pass and verified bots are never asked; what nobody
// could answer (health checks, ACME) is never held back by a stage; feeds and interfaces for programs that the site names are counted and limited, and not asked.
// Only an address that completed handshakes and failed repeatedly is refused, at that site alone, and it is let in again by itself. When no backend answers the visitor sees
// the site's page with 503, never 404. Before a handshake is signed its name is known and its tenant has budget for it. On the way of a
// request in calm no lock is taken that all tenants share but the one of an inbox, once for each domain in a tenth of a second.
// Each visit is counted once, and no count is lost between two calls of Edge.Counts. Whatever is remembered is of bounded size.
//
// # What is not here
//
// Listening, files and signals (app/edge); certificates; how stages are chosen (shield/gateway/stage), which visitors bring the load
// (shield/gateway/suspect), how places are shared (shield/gateway/admit), the pages (shield/gateway/answer).
package gateway
