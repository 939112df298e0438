// Package host turns what a sensor sees on a machine into host events: which files that let somebody in
// or stay were changed and by whom, whether the firewall went away, logs were emptied, a module was
// loaded, a program ran from memory or from a temporary folder.
//
// In and out: an Observation (a file, a command, a module, a reading of the firewall, with the process
// behind it) goes into Lookout.Observe, the passing of time into Lookout.Due; evenkeel.HostEvent records
// go out into a batch. What has to be asked later (a file's digest, whether its package has it so,
// whether packets are filtered) is asked of a Shelf. Formats that a sensor reads are parsed here: the md5sums of dpkg,
// the installed list of apk, /proc/modules, a process's stat, status and cgroup.
//
// Reading order: observation.go (what goes in), place.go (what a path is), command.go (what a command line
// does), explain.go (who did it, and what that explains), lookout.go (what is told), allowance.go (how
// much), parcel.go (package databases), proc.go (files of /proc).
//
// What must always hold: the same observations give the same records; nothing asks for the time. The four signs that a
// policy may name (sshd-replaced, authorized-keys-changed, firewall-off, logs-cleared) are told under exactly
// these words, and only where nothing explains them; what an upgrade, a provisioning tool or
// the first boot explains is told too, under a word of its own (Explanation.Word). An answer that is not known
// explains nothing. Memory is bounded whatever is observed, and no kind of event can crowd out
// another. What was not told is counted (Tally). Arguments of commands never leave: they may hold secrets.
//
// What is not here: fanotify and /proc (host/internal/kernel), the loop (host/sensor), and what events mean
// together (the rules host-compromise and host-persistence). Whoever is root in a guest can feed its sensor what it
// likes: what is told is a reason to help, never the only reason to cut.
package host
