// Package oidc lets a provider of OpenID Connect say who somebody is: the authorization code flow
// with PKCE, as a confidential client.
//
// # In and out
//
// In: Settings, and what a browser brings back from the provider. Out: the address to send a browser
// to, with a Ticket sealed for its cookie (Provider.Begin), and an Identity (Provider.Finish), or one
// error that says what did not fit. Nothing is kept of a sign-in that is under way: what has to be
// remembered is in the browser's cookie, under a key that lives as long as the process.
//
// # Reading order
//
// settings.go (what is set, and what is refused), provider.go (there and back), ticket.go (what the
// cookie holds), claims.go (what an ID token must say), reach.go (how the provider is spoken to).
//
// # What must always hold
//
// An identity comes from an ID token that the provider gave us at its token endpoint, signed by one
// of three algorithms with a key of the provider's own, for this client, with the nonce of this
// browser, and in time. A code that another browser got signs nobody in here. Nothing is fetched over
// plain HTTP but from this machine, no answer is read beyond its bound, and no redirect is followed.
// While the provider is away nobody waits longer than ReachFor, and others sign in as before.
//
// # What is not here
//
// Whom an identity is, and what they may do (staff); cookies and pages (console); who listens (app).
// Signing out at the provider: a session here ends here.
package oidc
