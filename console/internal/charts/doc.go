// Package charts draws what came to tenants' sites over time, for operators and for the tenant alike.
//
// In and out: a history of sites, a span of time until now and what is promised go in; pictures of HTML come out (Sites), in
// English or in Chinese.
//
// Reading order: sites.go.
//
// What must always hold: where nobody came there is a gap, and neither up nor down. The step that is not over is left out.
//
// What is not here: how a chart is drawn (instrument/plot), and whose history it is (console, console/visit).
package charts
