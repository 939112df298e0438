package hypervisor

import (
	"encoding/xml"
	"fmt"
	"net"
	"time"
)

// Domain is a guest as libvirt knows it.
type Domain struct {
	Name  string
	UUID  string // 36 letters
	State State
	CPUs  int           // virtual CPUs that it has now
	Used  time.Duration // of CPU since it was started
	Cards []Card
}

// Card is a network interface of a guest.
type Card struct {
	Port string  // the interface of the host at which it hangs; "" while the guest is off
	MAC  [6]byte // as the guest has it
}

// State is whether a guest runs.
type State uint8

// The states. A guest that is blocked, or about to end, runs.
const (
	Unknown State = iota
	Off
	Running
	Paused
)

var states = [...]string{"unknown", "off", "running", "paused"}

// String says it in words.
func (s State) String() string { return states[min(int(s), len(states)-1)] }

// stateOf reads a virDomainState (libvirt, domain states).
func stateOf(n uint8) State {
	switch n {
	case 1, 2, 4: // running, blocked, in shutdown
		return Running
	case 3, 7: // paused, suspended by the guest's power management
		return Paused
	case 5, 6: // shut off, crashed
		return Off
	}
	return Unknown
}

// MostXML bounds the description of one guest, in bytes.
const MostXML = 1 << 20

// cards reads the interfaces of a description (libvirt, domain XML).
func cards(description string) ([]Card, error) {
	if len(description) > MostXML {
		return nil, fmt.Errorf("a description of %d bytes; expected at most %d", len(description), MostXML)
	}
	var d struct {
		Interfaces []struct {
			MAC struct {
				Address string `xml:"address,attr"`
			} `xml:"mac"`
			Target struct {
				Dev string `xml:"dev,attr"`
			} `xml:"target"`
		} `xml:"devices>interface"`
	}
	if err := xml.Unmarshal([]byte(description), &d); err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	var out []Card
	for _, i := range d.Interfaces {
		c := Card{Port: i.Target.Dev}
		if m, err := net.ParseMAC(i.MAC.Address); err == nil && len(m) == len(c.MAC) {
			copy(c.MAC[:], m)
		}
		out = append(out, c)
	}
	return out, nil
}
