package simhost

import (
	"os"
	"path"
	"strings"
	"time"
)

func (f *files) mkdir(name string, mode os.FileMode) error {
	at, err := f.resolve(name, false)
	if err != nil {
		return err
	}
	if err := f.root.Mkdir(at, mode); err != nil {
		return outward("mkdir", name, err)
	}
	f.touched(at, path.Dir(at))
	return nil
}

func (f *files) remove(name string, all bool) error {
	at, err := f.resolve(name, false)
	if err != nil {
		return err
	}
	if all {
		err = f.root.RemoveAll(at)
	} else {
		err = f.root.Remove(at)
	}
	if err != nil {
		return outward("remove", name, err)
	}
	f.move(at, "")
	f.touched(path.Dir(at))
	return nil
}

func (f *files) rename(from, to string) error {
	old, err := f.resolve(from, false)
	if err != nil {
		return err
	}
	at, err := f.resolve(to, false)
	if err != nil {
		return err
	}
	if err := f.root.Rename(old, at); err != nil {
		return outward("rename", to, err)
	}
	f.move(old, at)
	f.touched(at, path.Dir(old), path.Dir(at))
	return nil
}

// move has what is kept beside files go along with them; to "" forgets it.
func (f *files) move(from, to string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	shift(f.changed, from, to)
	shift(f.owners, from, to)
}

func shift[V any](of map[string]V, from, to string) {
	for name, v := range of {
		if name != from && !strings.HasPrefix(name, from+"/") {
			continue
		}
		delete(of, name)
		if to != "" {
			of[to+strings.TrimPrefix(name, from)] = v
		}
	}
}

func (f *files) symlink(target, name string) error {
	at, err := f.resolve(name, false)
	if err != nil {
		return err
	}
	if err := f.root.Symlink(target, at); err != nil {
		return outward("symlink", name, err)
	}
	f.touched(at, path.Dir(at))
	return nil
}

func (f *files) readlink(name string) (string, error) {
	at, err := f.resolve(name, false)
	if err != nil {
		return "", err
	}
	target, err := f.root.Readlink(at)
	return target, outward("readlink", name, err)
}

func (f *files) chmod(name string, mode os.FileMode) error {
	at, err := f.resolve(name, true)
	if err != nil {
		return err
	}
	if err := f.root.Chmod(at, mode); err != nil {
		return outward("chmod", name, err)
	}
	f.touched(at)
	return nil
}

func (f *files) chtimes(name string, when time.Time) error {
	at, err := f.resolve(name, true)
	if err != nil {
		return err
	}
	if err := f.root.Chtimes(at, when, when); err != nil {
		return outward("touch", name, err)
	}
	f.touched(at)
	return nil
}

func (f *files) chown(name string, o owner) error {
	at, err := f.resolve(name, true)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.owners[at] = o
	f.changed[at] = time.Now()
	return nil
}

// owner returns who was made the owner, of the file or of the nearest directory
// above it; root if nobody was.
func (f *files) owner(name string, follow bool) owner {
	at, err := f.resolve(name, follow)
	if err != nil {
		return owner{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for ; at != "." && at != "/" && at != ""; at = path.Dir(at) {
		if o, set := f.owners[at]; set {
			return o
		}
	}
	return owner{}
}
