package awk

import (
	"regexp"
	"sync"
)

var compiled sync.Map // text → *regexp.Regexp

func (m *machine) regexp(text string) *regexp.Regexp {
	if re, ok := compiled.Load(text); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		m.fail("%s is no regular expression", text)
	}
	re.Longest()
	compiled.Store(text, re)
	return re
}

func (m *machine) regexpOf(n *node) *regexp.Regexp {
	if n.kind == aRegexp {
		return m.regexp(n.text)
	}
	return m.regexp(m.eval(n).String())
}
