// Package cgroup reads what guests use of a host's CPUs and disks, from their control groups, and of the host itself.
//
// In and out: the texts of cgroup v1 and v2 files and of /proc/stat go in (ParseCPU, ParseDisk, ParseStat), or the folder
// of a group (Read); usage records of CPU time and disk bytes go out into a batch (Source.Add, Source.AddCPUs).
//
// Reading order: parse.go (texts), read.go (folders), record.go (records).
//
// What must always hold: a file that is missing, or that this kernel writes otherwise, is unknown, never zero. The same
// reading has the same identity. Time is an argument.
//
// What is not here: which group belongs to which asset (whoever asks), and what counters mean (watch).
package cgroup
