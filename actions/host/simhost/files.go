package simhost

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"
)

// files is the file system of a host: a directory of this machine, which
// nothing of the host leads out of. Names are absolute as the host sees them.
// Each is resolved here, because a link's text is meant from the host's root,
// and opened through os.Root, which refuses what would lead outside anyway.
//
// Who owns a file, and when it was changed (its ctime), is kept beside it: an
// ordinary user can set neither.
type files struct {
	root *os.Root

	mu      sync.Mutex
	changed map[string]time.Time
	owners  map[string]owner
}

type owner struct{ uid, gid int }

// mostLinks is how many links one name may go through (as Linux has it).
const mostLinks = 40

func newFiles(dir string) (*files, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &files{root: root, changed: map[string]time.Time{}, owners: map[string]owner{}}, nil
}

// resolve returns the name without links, relative to the root; follow says
// whether the last part may be one.
func (f *files) resolve(name string, follow bool) (string, error) {
	todo, done, links := parts(name), []string{}, 0
	for len(todo) > 0 {
		part := todo[0]
		todo = todo[1:]
		if part == ".." {
			done = done[:max(0, len(done)-1)]
			continue
		}
		at := strings.Join(append(done[:len(done):len(done)], part), "/")
		info, err := f.root.Lstat(at)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 || len(todo) == 0 && !follow {
			done = append(done, part)
			continue
		}
		if links++; links > mostLinks {
			return "", &os.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
		}
		target, err := f.root.Readlink(at)
		if err != nil {
			return "", err
		}
		if path.IsAbs(target) {
			done = nil
		}
		todo = append(parts(target), todo...)
	}
	if len(done) == 0 {
		return ".", nil
	}
	return strings.Join(done, "/"), nil
}

func parts(name string) []string {
	var all []string
	for part := range strings.SplitSeq(name, "/") {
		if part != "" && part != "." {
			all = append(all, part)
		}
	}
	return all
}

// outward says an error with the name that the host knows.
func outward(op, name string, err error) error {
	if err == nil {
		return nil
	}
	var p *os.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return &os.PathError{Op: op, Path: name, Err: err}
}

func (f *files) open(name string, flag int, perm os.FileMode) (*os.File, error) {
	at, err := f.resolve(name, true)
	if err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(at, flag, perm&0o777)
	if err != nil {
		return nil, outward("open", name, err)
	}
	if flag&(os.O_WRONLY|os.O_RDWR) != 0 {
		f.touched(at)
	}
	return file, nil
}

// touched notes that the file was changed now, and its directory, too.
func (f *files) touched(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, at := range names {
		f.changed[at] = time.Now()
	}
}

func (f *files) stat(name string, follow bool) (fs.FileInfo, error) {
	at, err := f.resolve(name, follow)
	if err != nil {
		return nil, err
	}
	info, err := f.root.Lstat(at)
	return info, outward("stat", name, err)
}

// changedAt is when the file was last changed in any way (its ctime).
func (f *files) changedAt(name string, follow bool) time.Time {
	at, err := f.resolve(name, follow)
	if err != nil {
		return time.Time{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed[at]
}

func (f *files) readDir(name string) ([]fs.DirEntry, error) {
	at, err := f.resolve(name, true)
	if err != nil {
		return nil, err
	}
	dir, err := f.root.Open(at)
	if err != nil {
		return nil, outward("open", name, err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	return entries, outward("read", name, err)
}

func (f *files) read(name string) ([]byte, error) {
	at, err := f.resolve(name, true)
	if err != nil {
		return nil, err
	}
	raw, err := f.root.ReadFile(at)
	return raw, outward("read", name, err)
}

// write makes the file whole, with the directories that it needs.
func (f *files) write(name, text string, mode os.FileMode) error {
	if err := f.makeAll(path.Dir(name)); err != nil {
		return err
	}
	at, err := f.resolve(name, true)
	if err != nil {
		return err
	}
	if err := f.root.WriteFile(at, []byte(text), mode); err != nil {
		return outward("write", name, err)
	}
	f.touched(at, path.Dir(at))
	return outward("chmod", name, f.root.Chmod(at, mode))
}

func (f *files) makeAll(name string) error {
	at, err := f.resolve(name, true)
	if err != nil || at == "." {
		return err
	}
	return outward("mkdir", name, f.root.MkdirAll(at, 0o755))
}
