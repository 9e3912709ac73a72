package simhost

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	deb "github.com/knqyf263/go-deb-version"
)

// Package is one that the host has, or that its archives offer.
type Package struct {
	Name     string
	Version  string // installed; empty if it is not
	Offers   string // a version of the archives; empty for none but the installed
	Security bool   // the offered one comes from the security archive
	Source   string // empty if it is the name
	Depends  []string
	Brings   []Unit            // the units that come with it
	Files    map[string]string // the configuration that it brings
	Replaces []string          // the libraries that an upgrade replaces
}

type pack struct {
	Package
	have string // installed now
}

// packages is what dpkg has installed and what apt's lists offer.
type packages struct {
	mu    sync.Mutex
	order []string
	all   map[string]*pack
}

func newPackages(list []Package) *packages {
	p := &packages{all: map[string]*pack{}}
	for _, def := range list {
		p.order = append(p.order, def.Name)
		p.all[def.Name] = &pack{Package: def, have: def.Version}
	}
	return p
}

func (p *packages) installed(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.all[name]; x != nil {
		return x.have
	}
	return ""
}

func (p *packages) set(name, version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[name].have = version
}

// list returns those for which which is true, in the order of the configuration.
func (p *packages) list(which func(pack) bool) []pack {
	p.mu.Lock()
	defer p.mu.Unlock()
	var some []pack
	for _, name := range p.order {
		if x := *p.all[name]; which(x) {
			some = append(some, x)
		}
	}
	return some
}

func (p *packages) get(name string) (pack, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name, _, _ = strings.Cut(name, ":")
	if x := p.all[name]; x != nil {
		return *x, true
	}
	return pack{}, false
}

// candidate is the version that apt would install.
func (x pack) candidate() string {
	if x.Offers != "" {
		return x.Offers
	}
	return x.have
}

func (x pack) origin() string {
	if x.Security {
		return "Debian-Security:12/oldstable-security"
	}
	return "Debian:12.13/oldstable"
}

func (x pack) source() string {
	if x.Source != "" {
		return x.Source
	}
	return x.Name
}

func newer(a, b string) bool {
	x, err := deb.NewVersion(a)
	y, other := deb.NewVersion(b)
	return err == nil && other == nil && x.GreaterThan(y)
}

// install brings a package to a version: its files and units come along, and
// what runs with a library that it replaces goes on with the old one.
func (h *Host) install(name, version string) error {
	x, _ := h.packages.get(name)
	h.packages.set(name, version)
	for _, file := range slices.Sorted(maps.Keys(x.Files)) {
		if _, err := h.files.stat(file, true); err == nil && x.have != "" {
			continue // a conffile is kept
		}
		if err := h.files.write(file, x.Files[file], 0o644); err != nil {
			return err
		}
	}
	for _, lib := range x.Replaces {
		h.replaced(lib)
	}
	for _, def := range x.Brings {
		u := h.units.find(def.Name)
		if u == nil || u.Process == "" {
			masked := ""
			if u != nil {
				masked = u.masked
			}
			h.units.add(def)
			u = h.units.find(def.Name)
			u.masked = masked
		}
		switch {
		case u.active:
			h.units.halt(u)
		case x.have != "":
			continue
		}
		if err := h.units.start(u); err != nil && u.masked == "" {
			return fmt.Errorf("%s: %w", def.Name, err)
		}
	}
	return nil
}

// replaced marks those that still map the library, as the kernel does.
func (h *Host) replaced(lib string) {
	for _, u := range h.units.running() {
		if slices.Contains(u.Maps, lib) {
			u.stale = true
			_ = h.files.write(fmt.Sprintf("/proc/%d/maps", u.pid), h.maps(u.Name), 0o644) // it has ended otherwise
		}
	}
}

// maps is proc(5) maps of a unit's process, its libraries only.
func (h *Host) maps(name string) string {
	u := h.units.find(name)
	if u == nil {
		return ""
	}
	text := ""
	for i, lib := range u.Maps {
		gone := ""
		if u.stale && !strings.Contains(lib, "libc.so") {
			gone = " (deleted)"
		}
		text += fmt.Sprintf("7f%010x000-7f%010xfff r-xp 00000000 fe:01 %d %s%s\n", i*16, i*16+8, 1000+i, lib, gone)
	}
	return text
}

// remove purges a package with its files and units.
func (h *Host) remove(name string) {
	x, _ := h.packages.get(name)
	for _, def := range x.Brings {
		if u := h.units.find(def.Name); u != nil {
			h.units.halt(u)
			h.units.set(def.Name, nil)
		}
	}
	for file := range x.Files {
		_ = h.files.remove(file, false) // the team may have removed it before
	}
	h.packages.set(name, "")
}
