package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

type versionCmd struct{}

// versionFlag is the same as a flag.
type versionFlag bool

// BeforeReset prints the version and ends, whatever else the command line says.
func (versionFlag) BeforeReset(k *kong.Kong, p *process) error {
	err := (*versionCmd)(nil).Run(p)
	if err == nil {
		k.Exit(0)
	}
	return err
}

// Help is the long help.
func (*versionCmd) Help() string {
	return `Example:
  evenkeel version`
}

// Run prints the version.
func (*versionCmd) Run(p *process) error {
	fmt.Fprintf(p.stdout, "evenkeel %s\n%s %s/%s\n", build(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// build says which build this is.
func build() string {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision += " " + s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				revision += " (changed since)"
			}
		}
	}
	return version + revision
}
