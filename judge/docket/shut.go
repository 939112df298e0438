package docket

import "time"

// How long a person shuts a site: whoever needs longer says so again, and looks meanwhile.
const (
	ShutFor   = time.Hour // without an end, where the policy has no lease of shut
	LeastShut = time.Minute
	MostShut  = 24 * time.Hour
)

// MostUpdate is how many bytes a site's page says that is new, in one line.
const MostUpdate = 500
