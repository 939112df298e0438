// Package guard gives verdicts to the gateway that an operator runs already, request by request, in the protocols that it speaks.
//
// In and out: a Config with a Judge, and the networks of the gateways, go into New. Guard.ServeHTTP answers nginx's auth_request, the
// forward_auth of Traefik and Caddy, Envoy's external authorization (ext_authz, version 3), and what lies under the pages' path; Guard.ServeAgent answers HAProxy's stream processing offload
// engines (SPOE); Guard.ServeLog hears from nginx how applications answered; docs/guard.md has the configuration of each gateway. The Judge is
// given an Ask, which is the request and who visits, and returns a Verdict: forward, or an answer, and a cookie with either. Counts says
// how questions ended.
//
// Reading order: guard.go (what is asked, and how it is decided), fields.go (what gateways say of a visitor), http.go (nginx, Traefik,
// Caddy, and pages), envoy.go (Envoy), agent.go and frame.go (HAProxy), told.go (nginx's log).
//
// What must always hold: nobody asks but the gateways of Config.Trusted; what a visitor says of himself is no fact for the Judge,
// and his address is the one that the gateways saw; no body is read but that of an answer to a challenge; what is read is bounded, and so is what is
// decided at once; a gateway that leaves something out, and a guard that has too much to do, let visitors pass, because a
// challenge must not take a site down; what a visitor can break himself is refused.
//
// What is not here: why anybody is challenged, and the pages (the Judge's); listening, and TLS towards gateways; what a gateway does when there is no
// guard, which its own configuration says.
package guard
