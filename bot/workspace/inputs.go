package workspace

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fill makes the state of a modal's inputs from the values and from what the app
// set beforehand. It refuses what Slack's own form refuses: required inputs left
// empty, text of the wrong length, choices not on offer.
func fill(blocks []any, values Values) (object, error) {
	state := object{}
	used := map[string]bool{}
	for _, p := range elements(blocks) {
		id := p.actionID()
		value, given := values[id]
		used[id] = true
		if kind(p.element) == "button" || kind(p.element) == "overflow" {
			continue
		}
		s, err := inputState(p.element, value, given)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		if optional, _ := p.block["optional"].(bool); isEmpty(s) && kind(p.block) == "input" && !optional {
			return nil, fmt.Errorf("%s is required: %w", id, ErrBadInput)
		}
		inBlock, _ := state[p.blockID()].(object)
		if inBlock == nil {
			inBlock = object{}
		}
		inBlock[id] = s
		state[p.blockID()] = inBlock
	}
	for id := range values {
		if !used[id] {
			return nil, fmt.Errorf("%s: %w", id, ErrNoElement)
		}
	}
	return state, nil
}

// stateFields says, for each element that holds a value, where it stands in the
// state and what the app may set beforehand.
var stateFields = map[string]struct{ field, initial string }{
	"plain_text_input":    {"value", "initial_value"},
	"number_input":        {"value", "initial_value"},
	"static_select":       {"selected_option", "initial_option"},
	"radio_buttons":       {"selected_option", "initial_option"},
	"overflow":            {"selected_option", ""},
	"multi_static_select": {"selected_options", "initial_options"},
	"checkboxes":          {"selected_options", "initial_options"},
	"users_select":        {"selected_user", "initial_user"},
	"channels_select":     {"selected_channel", "initial_channel"},
	"datepicker":          {"selected_date", "initial_date"},
	"timepicker":          {"selected_time", "initial_time"},
	"multi_users_select":  {"selected_users", "initial_users"},
}

// inputState is the state of one element: what was given, or what the app had set.
func inputState(e object, value string, given bool) (object, error) {
	f, known := stateFields[kind(e)]
	if !known {
		return nil, fmt.Errorf("%s holds no value: %w", kind(e), ErrBadInput)
	}
	state := object{"type": kind(e), f.field: e[f.initial]}
	if !given {
		return state, nil
	}
	chosen, err := choose(e, f.field, value)
	if err != nil {
		return nil, err
	}
	state[f.field] = chosen
	return state, nil
}

func choose(e object, field, value string) (any, error) {
	switch field {
	case "value":
		return typed(e, value)
	case "selected_option":
		if o := findOption(e, value); o != nil {
			return o, nil
		}
		return nil, fmt.Errorf("no option %q: %w", value, ErrBadInput)
	case "selected_options":
		chosen := []any{}
		for _, v := range splitList(value) {
			o := findOption(e, v)
			if o == nil {
				return nil, fmt.Errorf("no option %q: %w", v, ErrBadInput)
			}
			chosen = append(chosen, o)
		}
		return chosen, nil
	case "selected_users":
		return splitList(value), nil
	}
	return value, nil
}

// typed checks text against the input's bounds; Slack sends null for no text.
func typed(e object, value string) (any, error) {
	if value == "" {
		return nil, nil
	}
	n := float64(utf8.RuneCountInString(value))
	least, _ := e["min_length"].(float64)
	most, bounded := e["max_length"].(float64)
	if !bounded {
		most = maxInputText
	}
	if n < least || n > most {
		return nil, fmt.Errorf("%g characters, not %g to %g: %w", n, least, most, ErrBadInput)
	}
	if kind(e) == "number_input" {
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("%q is no number: %w", value, ErrBadInput)
		}
	}
	return value, nil
}

func isEmpty(state object) bool {
	for name, v := range state {
		if name == "type" {
			continue
		}
		if list, ok := v.([]any); v == nil || v == "" || ok && len(list) == 0 {
			return true
		}
		if list, ok := v.([]string); ok && len(list) == 0 {
			return true
		}
	}
	return false
}

func splitList(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}
