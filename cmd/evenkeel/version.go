package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints the version.
func (*versionCmd) Run(p *process) error {
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
	fmt.Fprintf(p.stdout, "evenkeel %s%s\n%s %s/%s\n", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
