package workspace

import (
	"cmp"
	"slices"
)

func userInfo(c *call) (object, error) {
	id, err := c.need("user")
	if err != nil {
		return nil, err
	}
	u, ok := c.user(id)
	if !ok {
		return nil, refuse("user_not_found")
	}
	return object{"user": c.wireUser(u)}, nil
}

func listUsers(c *call) (object, error) {
	bot, _ := c.user(c.cfg.App.BotUserID)
	var all []object
	for _, u := range append(slices.Clone(c.cfg.Users), bot) {
		all = append(all, c.wireUser(u))
	}
	page, next, err := paged(c, all)
	return object{"members": page, "response_metadata": object{"next_cursor": next}}, err
}

func (w *Workspace) wireUser(u User) object {
	profile := object{"display_name": u.display(), "real_name": u.real()}
	if w.hasScope("users:read.email") {
		profile["email"] = u.Email
	}
	return object{
		"id": u.ID, "team_id": w.teamOf(u), "name": u.Name, "real_name": u.real(), "tz": "Etc/UTC",
		"deleted": u.Deleted, "is_bot": u.Bot || u.ID == w.cfg.App.BotUserID, "is_app_user": false,
		"is_restricted": u.Guest || u.SingleGuest, "is_ultra_restricted": u.SingleGuest, "is_stranger": u.Stranger, "profile": profile,
	}
}

func botInfo(c *call) (object, error) {
	if id := c.str("bot"); id != c.cfg.App.BotID {
		return nil, refuse("bot_not_found")
	}
	app := c.cfg.App
	return object{"bot": object{"id": app.BotID, "app_id": app.ID, "user_id": app.BotUserID, "name": app.Name, "deleted": false}}, nil
}

// teamOf is the ID of the team that the person belongs to.
func (w *Workspace) teamOf(u User) string { return cmp.Or(u.TeamID, w.cfg.Team.ID) }

func listUserGroups(c *call) (object, error) {
	groups := []object{}
	for _, g := range c.groups {
		if g.Disabled && !c.flag("include_disabled") {
			continue
		}
		o := c.wireUserGroup(g)
		if c.flag("include_users") {
			o["users"] = g.Members
		}
		groups = append(groups, o)
	}
	return object{"usergroups": groups}, nil
}

func userGroupMembers(c *call) (object, error) {
	id, err := c.need("usergroup")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.groups, func(g UserGroup) bool { return g.ID == id })
	if i < 0 || c.groups[i].Disabled && !c.flag("include_disabled") {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": append([]string{}, c.groups[i].Members...)}, nil
}
