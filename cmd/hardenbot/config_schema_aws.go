package main

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"hardenbot/actions/cloud"
	"hardenbot/actions/inventory"
)

func (s schema) aws(n ast.Node) {
	s.mapping(map[string]into{
		"accounts": s.filled(s.list(s.account)),
		"endpoint": s.text(&s.cfg.AWS.Endpoint, checkSecureURL("aws.endpoint", "the credentials go there")),
	})(n)
	s.required(n, "accounts")
}

func (s schema) account(n ast.Node) {
	var a cloud.Account
	before := len(s.problems)
	s.mapping(map[string]into{
		"role":        s.text(&a.Role, checkRole),
		"external_id": s.text(&a.ExternalID, checkExternalID),
		"regions":     s.filled(s.texts(&a.Regions, checkRegion)),
	})(n)
	s.required(n, "regions")
	if a.ExternalID != "" && a.Role == "" {
		s.problem(line(n), "external_id is for a role: name the role as well, or remove external_id")
	}
	if len(s.problems) > before {
		return
	}
	if slices.ContainsFunc(s.cfg.AWS.Accounts, func(other cloud.Account) bool { return other.Role == a.Role }) {
		s.problem(line(n), "%s stands in the list twice: put its regions together", a)
	}
	s.cfg.AWS.Accounts = append(s.cfg.AWS.Accounts, a)
}

func (s schema) ec2(n ast.Node) {
	e := &EC2{Refresh: 5 * time.Minute, line: line(n)}
	naming := &s.cfg.AWS.Naming
	s.mapping(map[string]into{
		"tags":       s.tags(e),
		"name_tag":   s.text(&naming.NameTag, checkTagKey),
		"group_tags": s.texts(&naming.GroupTags, checkTagKey),
		"user_tag":   s.text(&naming.UserTag, checkTagKey),
		"images":     s.list(s.image),
		"user":       s.text(&naming.User, inventory.CheckUser),
		"port":       s.number(&e.Port, 1, 65535),
		"address":    s.text(&naming.Address, checkWhichAddress),
		"transport":  s.transport(&e.Transport),
		"refresh":    s.duration(&e.Refresh, 30*time.Second, 24*time.Hour),
	})(n)
	s.cfg.EC2 = e
}

func (s schema) image(n ast.Node) {
	var i cloud.ImageUser
	s.mapping(map[string]into{
		"pattern": s.text(&i.Pattern, checkImagePattern),
		"user":    s.text(&i.User, inventory.CheckUser),
	})(n)
	s.required(n, "pattern", "user")
	s.cfg.AWS.Naming.Images = append(s.cfg.AWS.Naming.Images, i)
}

// maxFilters bounds how often AWS is asked for one inventory: once for each
// combination of the tags' values.
const maxFilters = 20

// tags reads tag keys, each with a list of values.
func (s schema) tags(e *EC2) into {
	return func(n ast.Node) {
		combinations := 1
		e.Tags = map[string][]string{}
		for _, entry := range s.entries(n) {
			key := keyOf(entry)
			if err := checkTagKey(key); err != nil {
				s.problem(line(entry.Key), "%s", err)
				continue
			}
			var values []string
			outer := s.key
			s.key = outer + "." + printable(key, 60)
			s.filled(s.texts(&values, checkTagValue))(entry.Value)
			s.key = outer
			e.Tags[key] = values
			combinations *= max(1, len(values))
		}
		if combinations > maxFilters {
			s.bad(n, "the values can be combined in %d ways: at most %d are asked for; use the wildcards * and ?", combinations, maxFilters)
		}
	}
}

var (
	roleARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}$`)
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+$`)
	externalID = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
)

func checkRole(s string) error {
	if roleARN.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%q is no role: write it as arn:aws:iam::123456789012:role/NAME", printable(s, 100))
}

// checkExternalID refuses what sts:AssumeRole does.
func checkExternalID(s string) error {
	if len(s) <= 1224 && externalID.MatchString(s) {
		return nil
	}
	return errors.New("this is no external ID: it has 2 to 1224 letters, digits and + = , . @ : / - _")
}

func checkRegion(s string) error {
	if regionName.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%q is no region: write it as eu-west-1", printable(s, 40))
}

func checkTagKey(s string) error { return checkLength("key of a tag", s, 128) }

func checkTagValue(s string) error { return checkLength("value of a tag", s, 256) }

func checkLength(what, s string, most int) error {
	if n := len([]rune(s)); n == 0 || n > most {
		return fmt.Errorf("the %s has 1 to %d characters, and this one %d", what, most, n)
	}
	return nil
}

func checkImagePattern(s string) error {
	if _, err := path.Match(s, ""); err != nil {
		return fmt.Errorf("the brackets in %q cannot be read: write a pattern such as debian-12-*", printable(s, 60))
	}
	return nil
}

func checkWhichAddress(s string) error {
	if slices.Contains([]string{"private", "public"}, s) {
		return nil
	}
	return fmt.Errorf("%q is no kind of address: there are private and public", printable(s, 40))
}
