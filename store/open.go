package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// ErrInUse is behind the refusal to open a store that another process holds.
var ErrInUse = errors.New("the store is in use")

// Options are what Open and OpenReadOnly can be told. The zero value is good.
type Options struct {
	Now      func() time.Time // the clock of the audit trail; time.Now when nil
	LockWait time.Duration    // how long to wait for another process; 3 s when 0
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LockWait == 0 {
		o.LockWait = 3 * time.Second
	}
	return o
}

// Open opens the store for reading and writing. It makes the file (0600) and
// its directory (0700) when they are missing, but no directory above that one:
// then the path is mistyped, or a disk is not mounted. Its errors are
// sentences: the store is in use, is open to others, is no store, is damaged,
// or is of a newer version.
func Open(path string, o Options) (*Store, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the directory of the store: %w", err)
	}
	s, err := open(path, o, false)
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("%w by another hardenbot, and only one may run on it: %s", ErrInUse, path)
	}
	return s, err
}

// OpenReadOnly opens an existing store for reading, beside other readers. It
// cannot be opened while a hardenbot runs on it. A store with a damaged audit
// trail opens, so that Verify can say what is wrong with it.
func OpenReadOnly(path string, o Options) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no store at %s: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the store: %w", err)
	case !info.Mode().IsRegular() || info.Size() == 0:
		return nil, fmt.Errorf("%s is not a store of hardenbot", path)
	}
	s, err := open(path, o, true)
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("%w by a running hardenbot; stop that first: %s", ErrInUse, path)
	}
	return s, err
}

// Check says why no store can be opened or made at path, as far as this can be
// told without opening it: what is there is no file, or others than its owner
// can open it, or the place for a new one is missing. It changes nothing.
func Check(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return checkPlace(filepath.Dir(path))
	case err != nil:
		return fmt.Errorf("open the store: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file; name the file that the store is to be kept in", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("the store %s is open to other users (mode %#o); run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}

// checkPlace refuses a directory that Open can neither use nor make.
func checkPlace(dir string) error {
	parent := filepath.Dir(dir)
	for _, path := range []string{dir, parent} {
		info, err := os.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return fmt.Errorf("%s is not a directory, so no store can be kept below it; name another place for the store", path)
		case err == nil:
			return nil
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return fmt.Errorf("look for the directory of the store: %w", err)
		}
	}
	return fmt.Errorf("there is no directory %s to make %s for the store in; correct the path, or make that directory first", parent, filepath.Base(dir))
}

func open(path string, o Options, readOnly bool) (*Store, error) {
	o = o.withDefaults()
	var file *os.File
	options := &bolt.Options{
		Timeout:  o.LockWait,
		ReadOnly: readOnly,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	}
	s := &Store{path: path, now: o.Now, writer: make(chan struct{}, 1)}
	err := guard(path, func() (err error) {
		if s.db, err = bolt.Open(path, 0o600, options); err != nil {
			return opening(path, err)
		}
		if s.file, err = file.Stat(); err == nil {
			err = s.prepare(readOnly)
		}
		if err != nil {
			_ = s.db.Close()
		}
		return err
	})
	if err != nil {
		release(file)
		return nil, err
	}
	return s, nil
}

// release lets go of the lock where bbolt panicked and cannot: closing the
// file is not enough while it is mapped.
func release(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	_ = file.Close()
}

// prepare checks that the file is a store that can be worked with, and lays
// out a new one. A store that is there already is only read.
func (s *Store) prepare(readOnly bool) error {
	isNew := false
	err := s.db.View(func(b *bolt.Tx) error {
		if isNew = blank(b) && !readOnly; isNew {
			return nil
		}
		if err := s.check(b); err != nil || readOnly {
			return err
		}
		return checkEnd(b)
	})
	if err != nil || !isNew {
		return err
	}
	s.isNew = true
	if err := s.commit(layOut); err != nil {
		return err
	}
	return syncDir(filepath.Dir(s.path))
}

// syncDir makes a new file's name durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the directory of the store: %w", err)
	}
	defer func() { _ = dir.Close() }()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("flush the directory of the store: %w", err)
	}
	return nil
}

func opening(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return err // worded by who knows what it was opened for
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%s is not a store of hardenbot, or its beginning is destroyed; name another file or restore a backup: %w", path, ErrDamaged)
	case errors.Is(err, berrors.ErrChecksum):
		return damaged(path, err)
	case full(err):
		return fmt.Errorf("the disk that is to hold %s is full; make room there: %w", path, err)
	}
	return fmt.Errorf("open the store: %w", err)
}

// guard runs fn and makes an error of what bbolt does on a damaged file: it
// panics, or reads its memory map where there is no file.
func guard(path string, fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged(path, p)
		}
	}()
	return fn()
}

func damaged(path string, why any) error {
	return fmt.Errorf("the store %s cannot be read (%v); keep it for inspection and restore a backup: %w", path, why, ErrDamaged)
}
