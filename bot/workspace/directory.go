package workspace

import (
	"fmt"
	"slices"
)

// User is a person of the team.
type User struct {
	ID          string
	Name        string // the handle, such as alice
	DisplayName string // Name if empty
	RealName    string // DisplayName if empty
	Email       string

	// Who is no plain member of the team. Slack tells it by users.info.
	TeamID      string // of somebody from another team, who is here by Slack Connect
	Stranger    bool   // from another team, and in no channel of the app
	Guest       bool   // of several channels: is_restricted
	SingleGuest bool   // of one channel: is_restricted and is_ultra_restricted
	Bot         bool   // of another app
	Deleted     bool   // deactivated
}

// Channel is a public or private channel, or a direct message with the app.
type Channel struct {
	ID      string
	Name    string
	Private bool
	IM      bool     // a direct message; made by conversations.open
	Members []string // user IDs, the app's bot user included where it was invited
}

// UserGroup is a handle that stands for several people.
type UserGroup struct {
	ID      string
	Handle  string
	Name    string
	Members []string

	Disabled bool
}

func (u User) display() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.Name
}

func (u User) real() string {
	if u.RealName != "" {
		return u.RealName
	}
	return u.display()
}

func (c Channel) has(user string) bool { return slices.Contains(c.Members, user) }

// checkDirectory refuses IDs that are missing, repeated or point nowhere.
func (cfg Config) checkDirectory() error {
	seen := map[string]bool{cfg.App.BotUserID: true}
	people := map[string]bool{cfg.App.BotUserID: true}
	add := func(kind, id string) error {
		if id == "" || seen[id] {
			return fmt.Errorf("%s ID %q is empty or repeated", kind, id)
		}
		seen[id] = true
		return nil
	}
	for _, u := range cfg.Users {
		if err := add("user", u.ID); err != nil {
			return err
		}
		people[u.ID] = true
	}
	for _, c := range cfg.Channels {
		if err := add("channel", c.ID); err != nil {
			return err
		}
		if err := allKnown(c.Name, c.Members, people); err != nil {
			return err
		}
	}
	for _, g := range cfg.UserGroups {
		if err := add("user group", g.ID); err != nil {
			return err
		}
		if err := allKnown(g.Handle, g.Members, people); err != nil {
			return err
		}
	}
	return nil
}

func allKnown(where string, members []string, people map[string]bool) error {
	for _, id := range members {
		if !people[id] {
			return fmt.Errorf("%s has the unknown member %q", where, id)
		}
	}
	return nil
}

// names maps IDs to what a person reads in their place.
type names map[string]string

func newNames(cfg Config) names {
	n := names{cfg.App.BotUserID: cfg.App.Name}
	for _, u := range cfg.Users {
		n[u.ID] = u.display()
	}
	for _, c := range cfg.Channels {
		n[c.ID] = c.Name
	}
	for _, g := range cfg.UserGroups {
		n[g.ID] = g.Handle
	}
	return n
}

// user finds a person, or the app's own bot user.
func (w *Workspace) user(id string) (User, bool) {
	if id == w.cfg.App.BotUserID {
		return User{ID: id, Name: w.cfg.App.Name}, true
	}
	i := slices.IndexFunc(w.cfg.Users, func(u User) bool { return u.ID == id })
	if i < 0 {
		return User{}, false
	}
	return w.cfg.Users[i], true
}

// Directory is what everybody in the team may know of it.
type Directory struct {
	Team       Team
	App        App
	Users      []User // without the app's bot user
	UserGroups []UserGroup
	Channels   []Channel // the public ones
	Commands   []string  // with the slash
}

// Directory returns the team's directory. It does not change.
func (w *Workspace) Directory() Directory {
	return Directory{
		Team: w.cfg.Team, App: w.cfg.App, Users: slices.Clone(w.cfg.Users), UserGroups: slices.Clone(w.cfg.UserGroups),
		Channels: slices.DeleteFunc(slices.Clone(w.cfg.Channels), func(c Channel) bool { return c.Private || c.IM }),
		Commands: slices.Clone(w.cfg.Commands),
	}
}
