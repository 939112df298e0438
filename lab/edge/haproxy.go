package edge

import _ "embed"

//go:embed config/haproxy.cfg
var haproxyConf string

// HAProxy is HAProxy with a stick table for addresses, queues before the sites, and a tarpit, as its documentation describes them.
func HAProxy() *Command {
	return &Command{
		Title: "HAProxy", Program: "haproxy", Args: []string{"-W", "-f", "{{.Dir}}/haproxy.cfg"}, Files: map[string]string{"haproxy.cfg": haproxyConf},
	}
}
