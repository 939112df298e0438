// Package edge measures what stands before sites when one of them is attacked: whom it still serves, whom it harms, what it costs.
//
// In and out: Contenders (Evenkeel's gateway, its sieve and guard before nginx and HAProxy, these alone, Caddy, a bare reverse proxy, any Command that is configured by files) and a Course (which attacks of lab/edge/flood, how long)
// come in; Run makes a World of network namespaces, and puts each contender under each attack; a Result of each comes out, with Table
// as Markdown, JSON lines (WriteLines) Page with plots, and Plots as pictures.
//
// Reading order: contender.go (who is measured), command.go (how one is started), chain.go (several, one before the other), named.go (who there is by name), evenkeel.go, before.go, nginx.go, haproxy.go, caddy.go (built here) and proxy.go with config/, world.go (who is
// where), names.go (certificates), load.go (who visits, attacks and serves, each a process of its own), chromium.go (two real browsers), usage.go (processor and memory), course.go (what is played),
// run.go, staged.go (Evenkeel's stages), result.go, table.go, page.go, plots.go, clock.go.
//
// What must always hold: all contenders meet the same visitors at the same times and the same attack, drawn from one seed. The contender has a
// core of its own; who visits, who is visited and who attacks share another, and the attackers give way. An attack that the generator did not make is marked,
// and so is a run in which visitors were sent late. Nothing leads out of the namespaces; whatever was started has ended when Run comes back.
//
// What is not here: attack (k), which passes no edge; a link that is full.
package edge
