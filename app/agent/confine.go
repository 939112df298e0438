package agent

import "github.com/evenkeel/evenkeel/app/agent/internal/kernel"

// needs are the capabilities of an agent: to load programs and hang them at ports (BPF, PERFMON, NET_ADMIN), to pin them and to
// watch files (SYS_ADMIN), to read what others own and see which program did something (DAC_READ_SEARCH, SYS_PTRACE). Its
// own files, and those of control groups, are its user's, so it overrides no permission to write.
const needs = kernel.BPF | kernel.PerfMon | kernel.NetAdmin | kernel.SysAdmin | kernel.DACReadSearch | kernel.SysPtrace

// Confine leaves this process with the capabilities that an agent needs, for good. It starts the program anew, so whoever runs an
// agent calls it first; an error says what it keeps beyond them, and it may go on all the same.
func Confine() error { return kernel.Confine(needs) }

// ConfineKeeper leaves this process without any, in the same way: leases and what they are of are its user's. Whom an
// agent started cannot narrow what bounds it; as nothing that it starts gains rights, those are none.
func ConfineKeeper() error {
	err := kernel.Confine(0)
	if kernel.Bare() {
		return nil
	}
	return err
}
