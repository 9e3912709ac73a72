package simhost

import (
	"context"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/interp"
)

// writer makes a descriptor of the host look like a file.
type writer struct{ io.Writer }

func (writer) Read([]byte) (int, error) { return 0, io.EOF }
func (writer) Close() error             { return nil }

func (p *process) opened(ctx context.Context, name string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	hc := interp.HandlerCtx(ctx)
	if n, is := strings.CutPrefix(name, "/dev/fd/"); is {
		if w := p.fd(n); w != nil {
			return writer{w}, nil
		}
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.EBADF}
	}
	f, err := p.open(p.path(hc.Dir, name), flag, perm&^os.FileMode(p.mask))
	if err != nil {
		return nil, err
	}
	return f, nil
}

// open opens a file of the host as the process may. /dev/null is this machine's.
func (p *process) open(name string, flag int, perm os.FileMode) (*os.File, error) {
	if name == os.DevNull {
		return os.OpenFile(os.DevNull, flag&^os.O_CREATE&^os.O_TRUNC, 0)
	}
	if name == "/proc/uptime" {
		p.h.writeUptime()
	}
	if err := p.may(name, flag); err != nil {
		return nil, err
	}
	return p.h.files.open(name, flag, perm)
}

// may applies the permission bits, which root is above.
func (p *process) may(name string, flag int) error {
	if p.uid == 0 {
		return nil
	}
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	info, err := p.h.files.stat(name, true)
	if err != nil {
		if writes && p.h.files.owner(name, true).uid != p.uid && !strings.HasPrefix(name, "/tmp/") {
			return &os.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
		return nil // opening says what is wrong
	}
	bits := info.Mode().Perm()
	if p.h.files.owner(name, true).uid == p.uid {
		bits >>= 6
	}
	if writes && bits&2 == 0 || !writes && bits&4 == 0 {
		return &os.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return nil
}

func (p *process) listed(ctx context.Context, name string) ([]fs.DirEntry, error) {
	return p.h.files.readDir(p.path(interp.HandlerCtx(ctx).Dir, name))
}

func (p *process) stated(ctx context.Context, name string, follow bool) (fs.FileInfo, error) {
	return p.h.files.stat(p.path(interp.HandlerCtx(ctx).Dir, name), follow)
}

func (p *process) accessed(ctx context.Context, name string, mode interp.AccessMode) error {
	return p.access(p.path(interp.HandlerCtx(ctx).Dir, name), mode)
}

func (p *process) access(name string, mode interp.AccessMode) error {
	info, err := p.h.files.stat(name, true)
	switch {
	case err != nil:
		return err
	case mode&interp.AccessExec != 0 && !info.IsDir() && info.Mode().Perm()&0o111 == 0:
		return fs.ErrPermission
	case mode&interp.AccessWrite != 0:
		return p.may(name, os.O_WRONLY)
	case mode&interp.AccessRead != 0:
		return p.may(name, os.O_RDONLY)
	}
	return nil
}
