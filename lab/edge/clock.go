package edge

import "time"

// now is the clock of visitors, attackers and sites: they happen in real time.
var now = time.Now
