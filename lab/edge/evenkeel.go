package edge

import _ "embed"

//go:embed config/gateway.yaml
var gatewayConf string

//go:embed config/sites.yaml
var gatewaySites string

// Evenkeel is the gateway of a program evenkeel, with every setting at its default but where it listens and which sites there are. It is not told how many
// requests a site works on at once.
func Evenkeel(program string) *Command {
	return &Command{
		Title: "Evenkeel", Program: program, Args: []string{"gateway", "run", "--config", "{{.Dir}}/gateway.yaml"}, Env: []string{"GOMAXPROCS=1"},
		Files: map[string]string{"gateway.yaml": gatewayConf, "sites/all.yaml": gatewaySites},
	}
}
