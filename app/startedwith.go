package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fileSettings has which settings a process of this data directory was started with last.
const fileSettings = "settings"

// noteSettings writes down which settings this process was started with, for hints.
func (h *house) noteSettings() error {
	path := h.path(fileSettings)
	if h.parts.Settings == "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fileError("remove", path, err)
		}
		return nil
	}
	return writeFile(path, h.parts.Settings+"\n", 0o600)
}

// startAsBefore is how to start a process on a data directory as the last one was.
func startAsBefore(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, fileSettings))
	name := strings.TrimSpace(string(text))
	hosts, _ := enrolledIn(context.Background(), dir)
	switch {
	case err == nil && name != "":
		return "start it as it ran before: evenkeel serve --config " + name + " --data " + dir
	case len(hosts) > 0:
		return "start it with the settings that name hosts.listen: evenkeel serve --config FILE --data " + dir
	}
	return "start it with evenkeel serve --data " + dir
}
