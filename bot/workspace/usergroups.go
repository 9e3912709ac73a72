package workspace

import "slices"

// SetUserGroup gives a user group other members. The app hears of it by
// subteam_members_changed.
func (w *Workspace) SetUserGroup(id string, members ...string) {
	w.changeGroup(id, func(g *UserGroup) object {
		added, removed := without(members, g.Members), without(g.Members, members)
		g.Members = slices.Clone(members)
		return object{
			"type": "subteam_members_changed", "subteam_id": g.ID, "team_id": w.cfg.Team.ID,
			"date_previous_update": w.now().Unix(), "date_update": w.now().Unix(),
			"added_users": added, "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed),
		}
	})
}

// DisableUserGroup disables a user group. The app hears of it by subteam_updated.
func (w *Workspace) DisableUserGroup(id string) {
	w.changeGroup(id, func(g *UserGroup) object {
		g.Disabled = true
		return object{"type": "subteam_updated", "subteam": w.wireUserGroup(*g)}
	})
}

func (w *Workspace) changeGroup(id string, change func(*UserGroup) object) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.groups, func(g UserGroup) bool { return g.ID == id })
	if i < 0 {
		panic("no such user group: " + id) // the test that asks is wrong
	}
	event := change(&w.groups[i])
	event["event_ts"] = w.nextTS()
	kind, _ := event["type"].(string)
	w.emit(kind, "usergroups:read", event)
	w.notify()
}

// wireUserGroup is the group as Slack tells it, without its members. It needs w.mu.
func (w *Workspace) wireUserGroup(g UserGroup) object {
	deleted := int64(0)
	if g.Disabled {
		deleted = w.now().Unix()
	}
	return object{
		"id": g.ID, "team_id": w.cfg.Team.ID, "is_usergroup": true, "is_subteam": true, "handle": g.Handle, "name": g.Name,
		"user_count": len(g.Members), "date_delete": deleted,
	}
}

// without returns what of all is not in those.
func without(all, those []string) []string {
	return slices.DeleteFunc(append([]string{}, all...), func(id string) bool { return slices.Contains(those, id) })
}
