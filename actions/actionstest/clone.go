package actionstest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"hardenbot/actions"
)

// clone copies facts in depth.
func clone(f *actions.Facts) *actions.Facts {
	var c actions.Facts
	if err := json.Unmarshal([]byte(asJSON(f)), &c); err != nil {
		panic("actionstest: " + err.Error())
	}
	return &c
}

// countStrings counts the texts in the facts, map keys included.
func countStrings(f *actions.Facts) int {
	n := 0
	eachString(reflect.ValueOf(f).Elem(), func(s string) string { n++; return s })
	return n
}

// setString shapes the nth text of the facts: %s in the shape is the old text.
func setString(f *actions.Facts, nth int, shape string) {
	n := 0
	eachString(reflect.ValueOf(f).Elem(), func(s string) string {
		n++
		if n-1 == nth {
			return strings.ReplaceAll(shape, "%s", s)
		}
		return s
	})
}

// eachString replaces every text under v with what fn makes of it, always in
// the same order.
func eachString(v reflect.Value, fn func(string) string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(fn(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachString(v.Field(i), fn)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachString(v.Index(i), fn)
		}
	case reflect.Map:
		eachEntry(v, fn)
	}
}

// eachEntry does the same to a map's keys and values, by sorted keys.
func eachEntry(m reflect.Value, fn func(string) string) {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		value := reflect.New(m.Type().Elem()).Elem()
		value.Set(m.MapIndex(key))
		eachString(value, fn)
		renamed := reflect.New(m.Type().Key()).Elem()
		renamed.SetString(fn(key.String()))
		m.SetMapIndex(key, reflect.Value{})
		m.SetMapIndex(renamed, value)
	}
}
