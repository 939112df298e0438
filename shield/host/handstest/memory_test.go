package handstest

import "testing"

func TestAHandInMemoryKeepsTheContract(t *testing.T) { Run(t, OpenMemory) }
