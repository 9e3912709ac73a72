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
	state, err := fillSoFar(blocks, values)
	if err != nil {
		return nil, err
	}
	for _, p := range elements(blocks) {
		value := values[p.actionID()]
		inBlock, _ := state[p.blockID()].(object)
		s, _ := inBlock[p.actionID()].(object)
		optional, _ := p.block["optional"].(bool)
		switch {
		case kind(p.block) == "input" && !optional && isEmpty(s):
			return nil, fmt.Errorf("%s is required: %w", p.actionID(), ErrBadInput)
		case stateFields[kind(p.element)].field == "value":
			if err := checkTyped(p.element, value); err != nil {
				return nil, fmt.Errorf("%s: %w", p.actionID(), err)
			}
		}
	}
	return state, nil
}

// fillSoFar is fill before the form is complete: it refuses only what cannot be
// entered at all.
func fillSoFar(blocks []any, values Values) (object, error) {
	state := object{}
	used := map[string]bool{}
	for _, p := range elements(blocks) {
		id := p.actionID()
		value, given := values[id]
		used[id] = true
		if kind(p.element) == "button" || kind(p.element) == "overflow" {
			continue
		}
		s, err := formState(p.element, value, given)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
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

// formState is inputState for a form, in which nothing may be chosen: an input that
// was emptied is null in the state, or an empty list.
func formState(e object, value string, given bool) (object, error) {
	if !given || value != "" {
		return inputState(e, value, given)
	}
	state, err := inputState(e, "", false)
	if err != nil {
		return nil, err
	}
	switch field := stateFields[kind(e)].field; field {
	case "selected_options", "selected_users":
		state[field] = []any{}
	default:
		state[field] = nil
	}
	return state, nil
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
		return value, nil
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

// checkTyped checks text against the input's bounds. Nothing is within all bounds:
// whether it may be left out is another question.
func checkTyped(e object, value string) error {
	if value == "" {
		return nil
	}
	n := float64(utf8.RuneCountInString(value))
	least, _ := e["min_length"].(float64)
	most, bounded := e["max_length"].(float64)
	if !bounded {
		most = maxInputText
	}
	if n < least || n > most {
		return fmt.Errorf("%g characters, not %g to %g: %w", n, least, most, ErrBadInput)
	}
	if kind(e) == "number_input" {
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return fmt.Errorf("%q is no number: %w", value, ErrBadInput)
		}
	}
	return nil
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
