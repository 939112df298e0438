package kernel

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Waited returns how long threads of this process were ready to run and had no processor, all together since they began: the second number of
// schedstat (sched-stats in the documentation of Linux). Threads that ended are not in it, so it may become less. 0 is not known.
func Waited() (sum time.Duration) {
	const dir = "/proc/self/task/"
	tasks, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, t := range tasks {
		text, err := os.ReadFile(dir + t.Name() + "/schedstat")
		if err != nil {
			continue // it ended meanwhile
		}
		if f := strings.Fields(string(text)); len(f) == 3 {
			if ns, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				sum += time.Duration(ns)
			}
		}
	}
	return sum
}
