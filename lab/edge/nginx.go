package edge

import _ "embed"

//go:embed config/nginx.conf
var nginxConf string

// Nginx is nginx with limits for each address, as its documentation describes them.
func Nginx() *Command {
	return &Command{
		Title: "nginx", Program: "nginx", Args: []string{"-e", "{{.Dir}}/log", "-p", "{{.Dir}}", "-c", "{{.Dir}}/nginx.conf"}, Files: map[string]string{"nginx.conf": nginxConf},
	}
}
