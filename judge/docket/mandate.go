package docket

import "github.com/evenkeel/evenkeel"

// Mandate is how far edges may go by themselves, as policy and books say at a moment.
type Mandate struct {
	Until   evenkeel.Moment
	Highest evenkeel.Measure                      // notify, challenge or shut
	Except  map[evenkeel.AssetID]evenkeel.Measure // sites at which less is let, by asset
	Policy  string                                // digest of the document
	Crowded bool                                  // more sites are to be spared than edges can be told: nobody is asked anywhere
}
