package sensor

import (
	"path"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/host"
	"github.com/evenkeel/evenkeel/watch/intake/host/internal/kernel"
)

// changed takes an event of a folder. Whoever did it is looked up before anything else is waited for.
func (s *Sensor) changed(e kernel.Event) {
	s.mu.Lock()
	s.figures.Events++
	if e.Lost {
		s.lost()
	}
	at := s.byKey[e.Key]
	s.mu.Unlock()
	if at == nil || e.PID == s.self || e.Name == "" || e.Name == "." {
		return
	}
	p := path.Join(at.path, e.Name)
	if e.Does&kernel.Folder != 0 {
		if e.Does&(kernel.Created|kernel.MovedHere) != 0 {
			by := s.who(e.PID)
			s.mu.Lock()
			by = s.late.of(by, evenkeel.MomentOf(s.set.Now()))
			s.made(at, p, &by)
			s.mu.Unlock()
		}
		return
	}
	acts := actsOf(e.Does, at.logs)
	if !slices.ContainsFunc(acts, func(a host.Act) bool { return host.Watched(p, a) }) {
		return
	}
	by := s.who(e.PID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if by = s.late.of(by, evenkeel.MomentOf(s.set.Now())); by.Gone {
		s.figures.Gone++
	}
	for _, act := range acts {
		if act == host.ActTruncated && !s.shorter(at, p, e.Name) {
			continue
		}
		s.observe(&host.Observation{Asset: at.root.Asset, Act: act, Path: p, By: by})
	}
	if e.Does&(kernel.Deleted|kernel.MovedAway) != 0 {
		delete(at.size, e.Name)
	}
}

// who looks up whoever did something; unseen where the kernel does not say who it was.
func (s *Sensor) who(pid int) host.Process {
	if !s.folders.Who() {
		return host.Process{Unseen: true}
	}
	return processOf(pid)
}

// actsOf turns what the kernel says into acts. Logs are written all day: of them only what makes them shorter counts.
func actsOf(d kernel.Does, logs bool) (acts []host.Act) {
	switch {
	case d&(kernel.Closed|kernel.Created) == 0:
	case logs:
		acts = append(acts, host.ActTruncated)
	default:
		acts = append(acts, host.ActWritten)
	}
	if d&kernel.MovedHere != 0 {
		acts = append(acts, host.ActReplaced)
	}
	if d&(kernel.Deleted|kernel.MovedAway) != 0 {
		acts = append(acts, host.ActRemoved)
	}
	return acts
}

// shorter says whether a log has less in it than it had.
func (s *Sensor) shorter(at *folder, p, name string) bool {
	f, err := at.root.open(p)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	before, known := at.size[name]
	if known || len(at.size) < maxFiles {
		at.size[name] = info.Size()
	}
	return known && info.Size() < before
}

// started takes a program that was started.
func (s *Sensor) started(e kernel.Event) {
	s.mu.Lock()
	s.figures.Events++
	s.figures.Programs++
	if e.Lost {
		s.lost()
	}
	s.mu.Unlock()
	if e.PID == s.self || e.Path == "" {
		return
	}
	r, p := s.rootOf(e)
	if r == nil || !host.WatchedProgram(p) {
		return
	}
	by := startedAs(e.PID, e.Path)
	s.mu.Lock()
	defer s.mu.Unlock()
	if by.Gone {
		s.figures.Gone++
	}
	s.observe(&host.Observation{Asset: r.Asset, Act: host.ActExecuted, Path: p, By: by})
}

// rootOf says whose program it was, and its path there: by the path, where the root is part of it (the longest one), else by the
// file system and the container of the process.
func (s *Sensor) rootOf(e kernel.Event) (*root, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var best *root
	for _, r := range s.roots {
		under := r.Path == "/" || e.Path == r.Path || strings.HasPrefix(e.Path, r.Path+"/")
		if under && (best == nil || len(r.Path) > len(best.Path)) {
			best = r
		}
	}
	if best != nil && best.Path != "/" {
		return best, strings.TrimPrefix(e.Path, best.Path)
	}
	for _, r := range s.roots {
		if r.Container != "" && slices.Contains(r.devices, e.Dev) && containerOf(e.PID) == r.Container {
			return r, e.Path
		}
	}
	if best == nil || !slices.Contains(best.devices, e.Dev) {
		return nil, ""
	}
	return best, e.Path
}

// observe hands an observation on. The lock is held.
func (s *Sensor) observe(o *host.Observation) {
	o.At = s.now()
	s.lookout.Observe(o, s.batch)
}

// lost notes that events are missing: what stands is looked at again at the next sweep.
func (s *Sensor) lost() {
	s.figures.Lost++
	s.anew = true
}

// watchPrograms has programs told that are started from the file systems of a machine.
func (s *Sensor) watchPrograms(r *root) {
	if s.programs == nil {
		return
	}
	for _, p := range []string{"/", "/usr", "/bin", "/opt", "/" + "home", "/" + "tmp", "/var", "/var/" + "tmp", "/dev/shm", "/run"} {
		f, err := r.open(p)
		if err != nil {
			continue
		}
		dev, err := kernel.DeviceOf(f)
		if err == nil && !slices.Contains(r.devices, dev) {
			if err = s.programs.WatchPrograms(f); err == nil {
				r.devices = append(r.devices, dev)
			}
		}
		if err != nil {
			s.figures.Refused++
			s.set.Log.Info("programs of a folder are not seen", "asset", r.Asset, "folder", p, "err", err)
		}
		if err := f.Close(); err != nil {
			s.set.Log.Info("close a folder", "folder", p, "err", err)
		}
	}
}
