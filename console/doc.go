// Package console is the operators' side: what they see of each case, and what they press.
//
// # In and out
//
// In: requests of signed-in persons. Out: pages (New, Server.Handler), and what a person decided,
// as a docket.Act, which is handed to whoever judges (Acts). It reads the books through
// docket.Reader and writes nothing by itself. That somebody looks at a case is told (Looks)
// before the page is shown.
//
// # Reading order
//
// parts.go (what it is handed), server.go (routes, and what every request must pass), authz.go (whom a route is for), door.go (who
// asks), enter.go (signing in and out), provided.go (by a provider), docket.go and order.go (the list of cases), pager.go (long
// lists, cut), casepage.go, found.go, decided.go and timeline.go (one case), deciding.go (which acts
// are offered), form.go (what comes in), act.go, granting.go and announcing.go (a form becomes an act), reasons.go
// (answers to criteria as words), appeal.go and clock.go (what waits, and for whom), review.go, verdict.go and reviewing.go (what takes two persons), flags.go, credits.go, brakes.go
// and undo.go (what holds machines back), oncall.go, people.go, rest.go (findings without an owner, the
// ledger), trouble.go (errors as pages). The templates are in pages, one file a page; the frame and
// the style sheet in internal/sheet.
//
// # What must always hold
//
// No page needs a script, and none could run one. Nothing changes by GET or HEAD, except that a
// look at a case is written down, by whatever request the case is shown; where that cannot be done,
// it is not shown. Nobody but a signed-in person sees anything but the door, and a person who must
// enrol sees nothing but that. What another site sends in somebody's name is refused. What a person
// typed is not lost when an act is refused. Suspending and denying are offered to nobody alone: they
// take two persons, and nobody reads what another found in a review before their own verdict is in. What speaks for the tenant (earlier cases, clearances, its own words) is above what
// speaks against it or as near. To let go takes a reason; to act against a tenant, to clear it or
// to close its case takes an answer to each criterion besides, given with what is known now in
// sight.
//
// # What is not here
//
// The tenants' side (console/visit), whether an act may be done and what follows (judge), who may
// sign in (staff), listening (app).
package console
