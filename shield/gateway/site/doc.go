// Package site holds what is known of each tenant's domains, and finds the site that a request is for.
//
// # In and out
//
// In: documents of an operator or a tenant (Parse), or Sites that somebody made (Default, Site.Check).
// Out: a Directory, in which Of finds a site by the host that a request names; Find says also why
// there is none. With gives the Directory that comes next. Paths.Of says whether a path is one that is
// never challenged.
//
// # Reading order
//
// site.go (the records, and their bounds), name.go (hosts), path.go (paths), check.go (what a site must
// be), document.go and parse.go (YAML), directory.go.
//
// # What must always hold
//
// A Directory never changes: whoever holds one may read it beside whoever makes the next. No two sites
// of one have a name in common, and the order in which sites came does not show. An exact name is found
// before a wildcard, which stands for one label. Looking up allocates nothing and takes the same time
// with one site as with 20,000, whatever the host is. Names are A-labels only: what is not ASCII is refused with the
// A-label that was meant. A path that a backend might read as another one is never spared.
//
// # What is not here
//
// Opening files, certificates and connections (shield/gateway, shield/gateway/upstream); the stages and
// when they change; who may claim a name: that a tenant holds it was shown to the inventory, by its asset.
package site
