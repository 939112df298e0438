package agent

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much may be let lie before it is collected, in percent of what is in use: on a host the memory is the
// guests'. What a reading of a thousand ports leaves behind is as much as all that the agent keeps.
const gcPercent = 25

// collectEarly is for the whole of a process. What the operator sets by GOGC is left as it is.
func collectEarly() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
