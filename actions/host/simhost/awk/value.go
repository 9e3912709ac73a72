package awk

import (
	"math"
	"strconv"
	"strings"
)

// value is a string, a number, or input that looks like a number and is both.
type value struct {
	s   string
	n   float64
	num bool // compares as a number
	str bool // s is set
}

func str(s string) value  { return value{s: s, str: true} }
func num(n float64) value { return value{n: n, num: true} }
func truth(b bool) value {
	if b {
		return num(1)
	}
	return num(0)
}

// input is a value from outside: a number if it looks like one.
func input(s string) value {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return value{s: s, str: true, n: n, num: err == nil}
}

func (v value) String() string {
	if v.str || !v.num {
		return v.s
	}
	if v.n == math.Trunc(v.n) && math.Abs(v.n) < 1e16 {
		return strconv.FormatInt(int64(v.n), 10)
	}
	return strconv.FormatFloat(v.n, 'g', 6, 64)
}

// number is the number at the beginning of the text, or 0.
func (v value) number() float64 {
	if v.num {
		return v.n
	}
	text := strings.TrimSpace(v.s)
	end, dot := 0, false
	for end < len(text) {
		c := text[end]
		if c == '.' && !dot {
			dot = true
		} else if !(c >= '0' && c <= '9') && !(end == 0 && (c == '-' || c == '+')) {
			break
		}
		end++
	}
	n, err := strconv.ParseFloat(text[:end], 64)
	if err != nil {
		return 0
	}
	return n
}

func (v value) bool() bool {
	if v.num {
		return v.n != 0
	}
	return v.s != ""
}

// compare compares numbers as such where both are, and as text otherwise. What
// was never set is both "" and 0.
func compare(a, b value) int {
	unset := func(v value) bool { return !v.str && !v.num }
	if (a.num || unset(a)) && (b.num || unset(b)) {
		switch x, y := a.number(), b.number(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a.String(), b.String())
}
