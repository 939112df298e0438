package edge

import _ "embed"

//go:embed config/nginx.conf
var nginxConf string

// Nginx is nginx with limits for each address, as its documentation describes them.
func Nginx() *Command { return IsNginx.command("nginx", Parts{Limits: true}) }

// PlainNginx is nginx that forwards, and has no limits.
func PlainNginx() *Command { return IsNginx.command("nginx without limits", Parts{}) }
