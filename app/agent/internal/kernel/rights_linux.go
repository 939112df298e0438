package kernel

import (
	"bufio"
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Set is a set of capabilities: bit n is the one that linux/capability.h numbers n.
type Set uint64

// The capabilities that an agent may need.
const (
	DACReadSearch Set = 1 << unix.CAP_DAC_READ_SEARCH
	NetAdmin      Set = 1 << unix.CAP_NET_ADMIN
	SysPtrace     Set = 1 << unix.CAP_SYS_PTRACE
	SysAdmin      Set = 1 << unix.CAP_SYS_ADMIN
	PerfMon       Set = 1 << unix.CAP_PERFMON
	BPF           Set = 1 << unix.CAP_BPF

	setPCap Set = 1 << unix.CAP_SETPCAP
)

var names = map[Set]string{
	DACReadSearch: "CAP_DAC_READ_SEARCH", NetAdmin: "CAP_NET_ADMIN", SysPtrace: "CAP_SYS_PTRACE", SysAdmin: "CAP_SYS_ADMIN",
	PerfMon: "CAP_PERFMON", BPF: "CAP_BPF", setPCap: "CAP_SETPCAP",
}

// String lists the capabilities; those that an agent never needs by their numbers.
func (s Set) String() string {
	var all []string
	for ; s != 0; s &= s - 1 {
		bit := s & -s
		name := names[bit]
		if name == "" {
			name = "capability " + strconv.Itoa(bits.TrailingZeros64(uint64(bit)))
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// Rights are those of one thread.
type Rights struct {
	Inheritable, Permitted, Effective, Bounding, Ambient Set
	NoNew                                                bool // whatever is started gains none
}

// Bare says whether whoever asks has no capability, and whatever it starts gains none.
func Bare() bool {
	is, err := Held("")
	return err == nil && is.Permitted|is.Effective == 0 && is.NoNew
}

// Held returns the rights of the thread that asks; with a number of a thread of this process (/proc/self/task), those
// of that one.
func Held(thread string) (r Rights, err error) {
	path := "/proc/thread-self/status"
	if thread != "" {
		path = "/proc/self/task/" + thread + "/status"
	}
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	into := map[string]*Set{"CapInh": &r.Inheritable, "CapPrm": &r.Permitted, "CapEff": &r.Effective, "CapBnd": &r.Bounding, "CapAmb": &r.Ambient}
	found := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		if s := into[key]; s != nil {
			n, err := strconv.ParseUint(value, 16, 64)
			if err != nil {
				return r, fmt.Errorf("%s says %s: %q; expected hexadecimal digits", path, key, value)
			}
			*s = Set(n)
			found++
		}
		if key == "NoNewPrivs" {
			r.NoNew = value == "1"
		}
	}
	if err := lines.Err(); err != nil {
		return r, err
	}
	if found != len(into) {
		return r, fmt.Errorf("%s tells %d sets of capabilities; expected %d", path, found, len(into))
	}
	return r, nil
}

// Beyond is what a thread has, or can gain, that is not kept. Where whatever is started gains nothing, the bounds are none
// to be gained: who is started by a process of few rights may not narrow them.
func (r *Rights) Beyond(keep Set) Set {
	all := r.Inheritable | r.Permitted | r.Effective | r.Ambient
	if !r.NoNew {
		all |= r.Bounding
	}
	return all &^ keep
}
