package edge

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed config/Caddyfile
var caddyfile string

// CaddyVersion is the version of Caddy that is measured.
const CaddyVersion = "v2.11.9"

// buildTakes bounds how long a contender is built.
const buildTakes = 10 * time.Minute

// The module of Caddy with what a reverse proxy needs. It is built on the machine that measures, and is no part of this module: nobody who
// builds Evenkeel needs it.
const (
	caddyModule  = "module caddy\n\ngo 1.26\n\nrequire github.com/caddyserver/caddy/v2 " + CaddyVersion + "\n"
	caddyProgram = `package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	_ "github.com/caddyserver/caddy/v2/modules/caddytls"
	_ "github.com/caddyserver/caddy/v2/modules/logging"
)

func main() { caddycmd.Main() }
`
)

// Built is a contender whose program is built before it is started.
type Built struct {
	*Command
	module, program string
}

// Caddy is Caddy as a reverse proxy with deadlines: without modules of others it has no limits for addresses. Its program is kept in a folder
// from one run to the next.
func Caddy(cache string) *Built {
	return &Built{Command: &Command{
		Title: "Caddy", Program: filepath.Join(cache, "caddy-"+CaddyVersion), Args: []string{"run", "--config", "{{.Dir}}/Caddyfile", "--adapter", "caddyfile"},
		Env: []string{"GOMAXPROCS=1", "HOME={{.Dir}}", "XDG_DATA_HOME={{.Dir}}", "XDG_CONFIG_HOME={{.Dir}}"}, Files: map[string]string{"Caddyfile": caddyfile},
	}, module: caddyModule, program: caddyProgram}
}

// Build builds the program where it is not there yet. It needs the go command, and the modules from a proxy or their cache.
func (b *Built) Build(ctx context.Context) error {
	if !b.Missing() {
		return nil
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("build %s: there is no go command: %w", b.Title, err)
	}
	if err := os.MkdirAll(filepath.Dir(b.Program), 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "evenkeel-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"go.mod": b.module, "main.go": b.program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	ctx, stop := context.WithTimeout(ctx, buildTakes)
	defer stop()
	made := filepath.Join(dir, "made")
	cmd := exec.CommandContext(ctx, tool, "build", "-mod=mod", "-o", made, ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("build %s: %w: %.300s", b.Title, err, lines[len(lines)-1])
	}
	text, err := os.ReadFile(made) // the cache may be another file system
	if err != nil {
		return err
	}
	part := b.Program + ".part"
	if err := os.WriteFile(part, text, 0o755); err != nil {
		return err
	}
	return os.Rename(part, b.Program)
}

// kept is where built programs are kept.
func kept() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "evenkeel", "bench")
}
