// Package upstream sends requests to the backends of a site, and knows which of them are well.
//
// # In and out
//
// In: sites (Pools.Follow takes a Directory, Pools.Put one site; New makes a Pool by itself), and requests (Pool.Serve).
// Out: answers, streamed as they come; where there is none, a typed Error before a byte was written to the
// visitor, so that the gateway can show its page. Pool.State says which backends are well, since when and
// why not, in words for that page.
//
// # Reading order
//
// pool.go (what a pool is, and which backend it takes), backend.go (when one is well), serve.go (one
// request, and what is sent again), forward.go (what the backend is told), transport.go (connections),
// pools.go (all pools, and the loop that checks), check.go (one check), state.go and cause.go (in words).
//
// # What must always hold
//
// A request is sent again only where nothing of it can have been done: no backend took the connection, or
// its method is idempotent, its body can be had once more, and nothing was written to the visitor. What
// is sent again is a tenth of all requests at most, so a site that is slow is not flooded by its own edge. What a
// visitor does, leaving in the middle of a body, never counts against a backend, and requests that fail
// never take the last backend away: only its checks do. Bodies are never held whole. Every wait has an end.
// What a backend is told of the visitor was written here, whatever the visitor wrote. One
// tenant's pool shares no connection and no limit with another's. Goroutines that check are those of Pools.Run, and end
// with it.
//
// # What is not here
//
// Whether a request is admitted, queued or challenged, and the pages (shield/gateway/…); TLS and
// listening (shield/gateway/door); HTTP itself, which is net/http's and httputil's.
package upstream
