package edge

import _ "embed"

//go:embed config/gateway.yaml
var gatewayConf string

//go:embed config/sites.yaml
var gatewaySites string

//go:embed config/before.yaml
var beforeConf string

//go:embed config/behind.conf
var behindConf string

// BeforeNginx is the sieve and the guard of a program evenkeel before an nginx that has no limits of its own: hellos are decided on by the one, requests by
// the other.
func BeforeNginx(program string) *Chain {
	before := Evenkeel(program)
	before.Files = map[string]string{"gateway.yaml": beforeConf, "sites/all.yaml": gatewaySites}
	behind := Nginx()
	behind.Files = map[string]string{"nginx.conf": behindConf}
	behind.At = "127.0.0.1:8443"
	return &Chain{Title: "Evenkeel before nginx", Commands: []*Command{before, behind}}
}

// Evenkeel is the gateway of a program evenkeel, with every setting at its default but where it listens and which sites there are. It is not told how many
// requests a site works on at once.
func Evenkeel(program string) *Command {
	return &Command{
		Title: "Evenkeel", Program: program, Args: []string{"gateway", "run", "--config", "{{.Dir}}/gateway.yaml"}, Env: []string{"GOMAXPROCS=1"},
		Files: map[string]string{"gateway.yaml": gatewayConf, "sites/all.yaml": gatewaySites},
	}
}
