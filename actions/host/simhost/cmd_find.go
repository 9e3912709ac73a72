package simhost

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// find walks the names that stand before its expression.
func find(c *call) int {
	args := c.args[1:]
	follow := false
	for len(args) > 0 && (args[0] == "-P" || args[0] == "-L") {
		follow = args[0] == "-L"
		args = args[1:]
	}
	end := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") || a == "(" || a == "!" })
	if end < 0 {
		end = len(args)
	}
	search := finding{call: c, follow: follow, least: 0, most: 1 << 20}
	expression, err := search.parse(args[end:])
	if err != "" {
		return c.unknown(err)
	}
	status := 0
	for _, name := range args[:end] {
		info, err := c.h.files.stat(c.abs(name), follow)
		if err != nil {
			c.fail("'%s': %s", name, reason(err))
			status = 1
			continue
		}
		search.walk(name, info, 0, expression)
	}
	return status
}

type finding struct {
	*call
	follow      bool
	least, most int
	prints      bool
	tokens      []string
}

type foundFile struct {
	name string
	info fs.FileInfo
}

type condition func(foundFile) bool

func (s *finding) walk(name string, info fs.FileInfo, depth int, is condition) {
	if depth >= s.least && is(foundFile{name, info}) && !s.prints {
		s.printf("%s\n", name)
	}
	if !info.IsDir() || depth >= s.most {
		return
	}
	entries, _ := s.h.files.readDir(s.abs(name))
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		below := path.Join(name, e.Name())
		if info, err := s.h.files.stat(s.abs(below), s.follow); err == nil {
			s.walk(below, info, depth+1, is)
		}
	}
}

func (s *finding) parse(tokens []string) (is condition, err string) {
	s.tokens = tokens
	defer func() {
		if r := recover(); r != nil {
			text, ours := r.(string)
			if !ours {
				panic(r)
			}
			is, err = nil, text
		}
	}()
	is = s.either()
	if len(s.tokens) > 0 {
		return nil, s.tokens[0]
	}
	return is, ""
}

func (s *finding) take() string {
	if len(s.tokens) == 0 {
		panic("an expression that ends early")
	}
	t := s.tokens[0]
	s.tokens = s.tokens[1:]
	return t
}

func (s *finding) either() condition {
	left := s.both()
	for len(s.tokens) > 0 && s.tokens[0] == "-o" {
		s.take()
		one, other := left, s.both()
		left = func(f foundFile) bool { return one(f) || other(f) }
	}
	return left
}

func (s *finding) both() condition {
	all := []condition{}
	for len(s.tokens) > 0 && s.tokens[0] != "-o" && s.tokens[0] != ")" {
		all = append(all, s.primary())
	}
	return func(f foundFile) bool {
		for _, is := range all {
			if !is(f) {
				return false
			}
		}
		return true
	}
}

func (s *finding) primary() condition {
	always := func(foundFile) bool { return true }
	switch t := s.take(); t {
	case "(":
		is := s.either()
		s.take()
		return is
	case "!":
		is := s.primary()
		return func(f foundFile) bool { return !is(f) }
	case "-mindepth":
		s.least = count(s.take(), 0)
		return always
	case "-maxdepth":
		s.most = count(s.take(), 0)
		return always
	case "-type":
		want := s.take()
		return func(f foundFile) bool {
			return want == "d" && f.info.IsDir() || want == "f" && f.info.Mode().IsRegular() || want == "l" && f.info.Mode()&fs.ModeSymlink != 0
		}
	case "-name":
		pattern := s.take()
		return func(f foundFile) bool {
			// path.Match negates with ^ where the shell has !.
			ok, _ := path.Match(strings.ReplaceAll(pattern, "[!", "[^"), path.Base(f.name))
			return ok
		}
	case "-lname":
		pattern := s.take()
		return func(f foundFile) bool {
			target, err := s.h.files.readlink(s.abs(f.name))
			ok, _ := path.Match(pattern, target)
			return err == nil && ok
		}
	case "-mtime":
		days := count(strings.TrimPrefix(s.take(), "+"), 0)
		return func(f foundFile) bool { return time.Since(f.info.ModTime()) > time.Duration(days+1)*24*time.Hour }
	case "-newercm":
		since, err := s.h.files.stat(s.abs(s.take()), true)
		if err != nil {
			panic("a reference that is not there")
		}
		return func(f foundFile) bool { return s.h.files.changedAt(s.abs(f.name), s.follow).After(since.ModTime()) }
	case "-printf":
		format := s.take()
		s.prints = true
		return func(f foundFile) bool {
			target, _ := s.h.files.readlink(s.abs(f.name))
			line, _ := filled(strings.ReplaceAll(format, `\n`, "\n"), map[byte]string{'p': f.name, 'l': target})
			s.printf("%s", line)
			return true
		}
	default:
		panic(t)
	}
}
