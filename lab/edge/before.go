package edge

import (
	_ "embed"
	"fmt"
)

//go:embed config/before.yaml
var beforeConf string

//go:embed config/spoe.cfg
var spoeConf string

// Peer is a proxy of others as operators run it.
type Peer int

// The peers before which Evenkeel can stand.
const (
	IsNginx Peer = iota
	IsHAProxy
)

// Parts are what stands before the sites beside a peer that forwards.
type Parts struct {
	Sieve  bool // Evenkeel's, which decides on hellos before the peer gets the connection
	Guard  bool // Evenkeel's, which the peer asks about each request
	Drop   bool // Evenkeel has the kernel drop who failed repeatedly
	Limits bool // the peer's own: limits per address, and with HAProxy queues
}

// with puts what the parts say before a template.
func (p Parts) with(text string) string {
	return fmt.Sprintf("{{$sieve := %v}}{{$guard := %v}}{{$drop := %v}}{{$limits := %v}}", p.Sieve, p.Guard, p.Drop, p.Limits) + text
}

// Command is a peer with these parts.
func (k Peer) command(title string, p Parts) *Command {
	c := &Command{Title: title}
	switch k {
	case IsNginx:
		c.Program, c.Args = "nginx", []string{"-e", "{{.Dir}}/log", "-p", "{{.Dir}}", "-c", "{{.Dir}}/nginx.conf"}
		c.Files = map[string]string{"nginx.conf": p.with(nginxConf)}
	case IsHAProxy:
		c.Program, c.Args = "haproxy", []string{"-W", "-f", "{{.Dir}}/haproxy.cfg"}
		c.Files = map[string]string{"haproxy.cfg": p.with(haproxyConf), "spoe.cfg": spoeConf}
	}
	if p.Sieve {
		c.At = "127.0.0.1:8443"
	}
	return c
}

// Before is a program evenkeel with its sieve, its guard or both, before a peer that has no limits of its own. Visitors meet the sieve where there is
// one, and the peer elsewhere.
func Before(program, title string, k Peer, p Parts) *Chain {
	ours := Evenkeel(program)
	ours.Files = map[string]string{"gateway.yaml": p.with(beforeConf), "sites/all.yaml": gatewaySites}
	theirs := k.command(title, p)
	if p.Sieve {
		return &Chain{Title: title, Commands: []*Command{ours, theirs}}
	}
	ours.At = "127.0.0.1:8402"
	return &Chain{Title: title, Commands: []*Command{theirs, ours}}
}
