package awsfake

import (
	"encoding/base64"
	"strings"
)

// page cuts the page that begins after the token's item out of the list, which
// is in order of its keys; nil as the size is all. The token for the next page
// is empty on the last.
func page[T any](r *request, list []T, key func(T) string, size *int, token string) ([]T, string, error) {
	after, err := r.after(token)
	if err != nil {
		return nil, "", err
	}
	rest := keep(list, func(item T) bool { return key(item) > after })
	if size == nil || len(rest) <= *size {
		return rest, "", nil
	}
	rest = rest[:*size]
	return rest, base64.RawURLEncoding.EncodeToString([]byte(r.name() + "\n" + key(rest[*size-1]))), nil
}

// after returns the key that a token stands for. A token is good for the action
// that gave it out.
func (r *request) after(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	name, key, ok := strings.Cut(string(raw), "\n")
	switch {
	case err == nil && ok && name == r.name():
		return key, nil
	case r.service == "elasticloadbalancing":
		return "", validation("Invalid marker")
	}
	return "", refusal("InvalidNextToken", "The specified NextToken is not valid.")
}

// sized returns a page size of a service other than EC2: 1 to max, and max
// where none is given.
func (r *request) sized(parameter string, max int) (*int, error) {
	size := r.number(parameter)
	switch {
	case size == nil:
		return &max, nil
	case *size < 1:
		return nil, validation("1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value greater than or equal to 1", *size, parameter)
	case *size > max:
		return nil, validation("1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value less than or equal to %d", *size, parameter, max)
	}
	return size, nil
}
