package host

import (
	"os"
	"strings"
	"sync"
	"time"
)

// files keeps what was parsed from files, and parses one again when it has
// changed: a key added to known_hosts counts from the next login on.
type files[T any] struct {
	parse func([]byte) (T, error)
	mu    sync.Mutex
	known map[string]parsed[T]
}

type parsed[T any] struct {
	size  int64
	mtime time.Time
	value T
}

func newFiles[T any](parse func([]byte) (T, error)) *files[T] {
	return &files[T]{parse: parse, known: map[string]parsed[T]{}}
}

// get returns the content of the file, parsed.
func (f *files[T]) get(path string) (T, error) {
	var none T
	path = atHome(path)
	info, err := os.Stat(path)
	if err != nil {
		return none, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.known[path]; ok && p.size == info.Size() && p.mtime.Equal(info.ModTime()) {
		return p.value, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return none, err
	}
	value, err := f.parse(raw)
	if err != nil {
		return none, err
	}
	f.known[path] = parsed[T]{size: info.Size(), mtime: info.ModTime(), value: value}
	return value, nil
}

// atHome resolves a leading ~/ as ssh_config(5) does.
func atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return home + "/" + rest
}
