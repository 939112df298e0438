package sensor

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/host"
)

// sweep reads what tells nobody that it changes: modules, programs in memory, the firewall; and everything again
// where events were lost.
func (s *Sensor) sweep() {
	modules, err := os.ReadFile(filepath.Join(proc, "modules"))
	memory := s.inMemory()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.roots {
		if s.anew {
			s.again(r)
		}
		if s.set.Filtering != nil {
			s.observe(&host.Observation{Asset: r.Asset, Act: host.ActFirewall, Answer: s.set.Filtering(r.Asset)})
		}
		if r.Path == "/" && err == nil { // containers share the kernel, and their modules are its host's
			now, _ := host.ParseModules(modules)
			if r.swept {
				for _, m := range host.NewModules(r.modules, now) {
					s.observe(&host.Observation{Asset: r.Asset, Act: host.ActModule, Path: m.Name, Taints: m.Taints})
				}
			}
			r.modules = now
		}
		r.swept = true
	}
	for _, p := range memory {
		if r := s.ownerOf(p.Container); r != nil {
			s.observe(&host.Observation{Asset: r.Asset, Act: host.ActExecuted, Path: p.Exe, By: p})
		}
	}
	if s.anew {
		s.set.Log.Warn("events of the kernel were lost; everything that is watched was looked at again", "times", s.figures.Lost)
	}
	s.anew = false
}

// inMemory finds processes whose executable is in no file system.
func (s *Sensor) inMemory() (out []host.Process) {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == s.self {
			continue
		}
		link, err := os.Readlink(filepath.Join(proc, e.Name(), "exe"))
		if err != nil {
			continue
		}
		if _, memory := host.Executable(link); memory {
			if p := processOf(pid); !p.Gone && p.Memory {
				out = append(out, p)
			}
		}
	}
	return out
}

// ownerOf is the machine that a process of a container belongs to; of none, this one.
func (s *Sensor) ownerOf(container string) (own *root) {
	for _, r := range s.roots {
		if container != "" && r.Container == container {
			return r
		}
		if r.Path == "/" && r.Container == "" {
			own = r
		}
	}
	return own
}

// again looks at what is watched once more: folders that were made unseen, logs that are shorter.
func (s *Sensor) again(r *root) {
	for w := range r.wanted {
		s.want(r, w, nil)
	}
	for _, key := range r.keys {
		at := s.byKey[key]
		if at == nil || !at.logs {
			continue
		}
		for name := range at.size {
			if p := filepath.Join(at.path, name); s.shorter(at, p, name) {
				s.observe(&host.Observation{Asset: r.Asset, Act: host.ActTruncated, Path: p, By: host.Process{Gone: true}})
			}
		}
	}
}

// Filtering answers the lookout, which asks once a change has settled.
func (s *Sensor) Filtering(id evenkeel.AssetID) host.Answer {
	if s.set.Filtering == nil {
		return host.Unknown
	}
	return s.set.Filtering(id)
}
