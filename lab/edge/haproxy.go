package edge

import _ "embed"

//go:embed config/haproxy.cfg
var haproxyConf string

// HAProxy is HAProxy with a stick table for addresses, queues before the sites, and a tarpit, as its documentation describes them.
func HAProxy() *Command { return IsHAProxy.command("HAProxy", Parts{Limits: true}) }

// PlainHAProxy is HAProxy that forwards, and has no limits.
func PlainHAProxy() *Command { return IsHAProxy.command("HAProxy without limits", Parts{}) }
