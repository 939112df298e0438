package agent

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
)

// fileContainers, in the directory of data, has the ports that containers were known to have last.
const fileContainers = "containers.json"

// hung are ports of containers as they are kept. A port is known by its number too: names are given anew to whoever comes, and
// numbers only after a boot.
type hung struct {
	Boot  string     `json:"boot"`
	Ports []hungPort `json:"ports"`
}

type hungPort struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
	Asset string `json:"asset"`
}

// remember writes which ports containers have, for a start at which one of them cannot be looked at whole.
func (c *containers) remember(t *Told) {
	kept := hung{Boot: c.boot, Ports: []hungPort{}}
	places, err := listPorts()
	numbers := map[string]int{}
	for _, at := range places {
		numbers[at.Name] = at.Index
	}
	for _, x := range t.Claims {
		if index := numbers[x.Port]; index != 0 {
			kept.Ports = append(kept.Ports, hungPort{x.Port, index, x.Asset})
		}
	}
	if err == nil {
		err = writeKept(filepath.Join(c.set.Data, fileContainers), kept)
	}
	if err != nil {
		c.log.Warn("which ports containers have is not kept: a start at which they cannot be looked at whole will not know them", "err", err)
	}
}

// remembered are the claims that were kept, of ports that are there still; nil where there are none.
func (c *containers) remembered() *Told {
	b, err := readKept(filepath.Join(c.set.Data, fileContainers))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	places, noPlaces := listPorts()
	var kept hung
	if err == nil {
		kept, err = parseHung(b)
	}
	if err = errors.Join(err, noPlaces); err != nil {
		c.log.Warn("which ports containers had last is not known", "err", err)
		return nil
	}
	if kept.Boot != c.boot {
		return nil
	}
	there := map[hungPort]bool{}
	for _, at := range places {
		there[hungPort{Name: at.Name, Index: at.Index}] = true
	}
	t := &Told{}
	for _, x := range kept.Ports {
		if there[hungPort{Name: x.Name, Index: x.Index}] {
			t.Claims = append(t.Claims, whose.Claim{Port: x.Name, Asset: x.Asset, By: byContainers})
		}
	}
	return t
}

func parseHung(b []byte) (kept hung, err error) {
	if len(b) > mostRemembered {
		return kept, evenkeel.Invalid("%s has more than %d bytes", fileContainers, mostRemembered)
	}
	if err := json.Unmarshal(b, &kept); err != nil {
		return kept, evenkeel.Invalid("%s: %v; expected a boot and its ports", fileContainers, err)
	}
	if len(kept.Ports) > whose.MostGuests {
		return kept, evenkeel.Invalid("%s has %d ports; expected at most %d", fileContainers, len(kept.Ports), whose.MostGuests)
	}
	for _, x := range kept.Ports {
		if err := evenkeel.CheckID(fileContainers+": a guest", x.Asset); err != nil {
			return kept, err
		}
	}
	return kept, nil
}
