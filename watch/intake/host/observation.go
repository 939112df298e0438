package host

import "github.com/evenkeel/evenkeel"

// Act is what was observed.
type Act uint8

// The acts.
const (
	ActWritten   Act = iota + 1 // a file was written
	ActReplaced                 // another file was moved to this name
	ActRemoved                  // a file was deleted or moved away
	ActTruncated                // a file is shorter than it was
	ActExecuted                 // a program was started
	ActModule                   // a module is in the kernel that was not there before
	ActFirewall                 // whether packets that come in are filtered was read
)

var acts = [...]string{
	ActWritten: "written", ActReplaced: "replaced", ActRemoved: "removed", ActTruncated: "truncated",
	ActExecuted: "executed", ActModule: "module", ActFirewall: "firewall",
}

// String returns a word for logs.
func (a Act) String() string {
	if a == 0 || int(a) >= len(acts) {
		return "invalid"
	}
	return acts[a]
}

// Answer is one of three: what is not known is neither yes nor no.
type Answer uint8

// The answers.
const (
	Unknown Answer = iota
	Yes
	No
)

// String returns yes, no or unknown.
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// Bounds of what is kept of a process. A sensor keeps to them; what is longer is cut when it is observed.
const (
	MaxParents = 8    // ancestors of a process
	MaxArgs    = 16   // arguments of a command
	MaxText    = 4096 // bytes of a path or an argument; PATH_MAX of Linux
)

// Program is a running program: the path of its executable and its arguments, the first of which is its
// name as it was called.
type Program struct {
	Exe  string
	Args []string
}

// Process is who did something, as /proc had it right after.
type Process struct {
	Program
	PID       int
	UID       uint32
	Container string    // id of the container that it runs in; empty: none is known
	Parents   []Program // the nearest first, at most MaxParents
	Gone      bool      // it had ended before it could be looked at, so the rest is not known
	Unseen    bool      // the sensor is not told who did it (inotify), so the rest is not known
	Memory    bool      // its executable is in no file system (memfd)
}

// Observation is one thing that a sensor saw on an asset. Paths are as the asset itself has them, without
// the folder under which a container's root stands on its host.
type Observation struct {
	At     evenkeel.Moment
	Asset  evenkeel.AssetID
	Act    Act
	Path   string // file, executable or name of a module
	By     Process
	Taints string // ActModule: flags of /proc/modules
	Answer Answer // ActFirewall: whether packets that come in are filtered
}

// File is what a Shelf says of a file now.
type File struct {
	There  Answer
	SHA256 string // hex; empty where it was not read
	// Packaged says whether the database of the package that owns the file has its digest so: No where the
	// digest differs or no package owns it, Unknown where there is no database that can be read.
	Packaged Answer
}

// Shelf is asked what has to be looked up once things have settled. It may take milliseconds.
type Shelf interface {
	Look(asset evenkeel.AssetID, path string) File
	Filtering(asset evenkeel.AssetID) Answer
}
