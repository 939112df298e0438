package edge

import (
	"bufio"
	"os"
	"strings"
	"time"
)

// Staged is a stage of Evenkeel at the attacked site, as its log says.
type Staged struct {
	At    time.Duration `json:"at"` // since the beginning
	Stage string        `json:"stage"`
}

// stager is a contender that says in which stages a site was.
type stager interface {
	stages(site string, begin time.Time) []Staged
}

func (r *running) stages(site string, begin time.Time) []Staged {
	f, err := os.Open(r.log)
	if err != nil {
		return nil
	}
	defer f.Close()
	var list []Staged
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if at, stage, ok := stageOf(lines.Text(), site); ok {
			list = append(list, Staged{at.Sub(begin), stage})
		}
	}
	return list
}

func (l chained) stages(site string, begin time.Time) []Staged {
	var list []Staged
	for _, s := range l {
		if k, ok := s.(stager); ok {
			list = append(list, k.stages(site, begin)...)
		}
	}
	return list
}

// stageOf reads a line of the gateway's log (log/slog's TextHandler) that says that a site is in another stage.
func stageOf(line, site string) (at time.Time, stage string, ok bool) {
	if !strings.Contains(line, " msg=stage ") {
		return at, "", false
	}
	for _, word := range strings.Fields(line) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "time":
			var err error
			if at, err = time.Parse(time.RFC3339Nano, value); err != nil {
				return at, "", false
			}
		case "site":
			ok = value == site
		case "to":
			if stage == "" {
				stage = value
			}
		}
	}
	return at, stage, ok && !at.IsZero() && stage != ""
}
