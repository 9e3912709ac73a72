package cloud

import (
	"cmp"
	"fmt"
	"net/netip"
	"path"
	"slices"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// Naming says how an instance becomes a host.
type Naming struct {
	NameTag   string      // tag with the host's name; "Name" if empty
	Address   string      // "private" (if empty) or "public": which one to dial
	GroupTags []string    // tags whose values are the host's groups
	UserTag   string      // tag with the login, where an instance has it
	Images    []ImageUser // otherwise the first whose pattern fits the image's name
	User      string      // otherwise
	Port      int         // of sshd; 22 if zero
}

// ImageUser is the login of the images whose name fits a pattern.
type ImageUser struct {
	Pattern string // as in path.Match: "debian-12-*"
	User    string
}

func (n Naming) check() error {
	if !slices.Contains([]string{"", "private", "public"}, n.Address) {
		return fmt.Errorf("the address %.40q cannot be used: write private or public", n.Address)
	}
	for _, i := range n.Images {
		if _, err := path.Match(i.Pattern, ""); err != nil {
			return fmt.Errorf("the image pattern %.60q is malformed", i.Pattern)
		}
		if err := inventory.CheckUser(i.User); err != nil {
			return fmt.Errorf("for the image pattern %.60q: %w", i.Pattern, err)
		}
	}
	return nil
}

// Host makes a host of an instance. Tags are written by whoever may tag, so
// that nothing of them is taken over unchecked. The error is a sentence that
// says why the instance cannot be a host.
func (n Naming) Host(i Instance) (actions.Host, error) {
	h := actions.Host{
		Name: i.Tags[cmp.Or(n.NameTag, "Name")], Address: i.Private, Port: cmp.Or(n.Port, 22),
		User: n.user(i), Groups: n.groups(i), Public: i.reachable(), Instance: i.ID,
	}
	if n.Address == "public" {
		h.Address = i.Public
	}
	if err := n.whole(h); err != nil {
		return actions.Host{}, fmt.Errorf("%s in %s cannot be a host: %w", i.ID, i.Region, err)
	}
	return h, nil
}

func (n Naming) whole(h actions.Host) error {
	if h.Name == "" {
		return fmt.Errorf("it has no tag %s", cmp.Or(n.NameTag, "Name"))
	}
	if err := inventory.CheckName(h.Name); err != nil {
		return err
	}
	if _, err := netip.ParseAddr(h.Address); err != nil {
		return fmt.Errorf("it has no %s address", cmp.Or(n.Address, "private"))
	}
	for _, g := range h.Groups {
		if err := inventory.CheckName(g); err != nil {
			return err
		}
	}
	return inventory.CheckUser(h.User)
}

func (i Instance) reachable() bool {
	return i.Public != "" || actions.PublicAddress(i.IPv6)
}

func (n Naming) user(i Instance) string {
	if user := i.Tags[n.UserTag]; n.UserTag != "" && user != "" {
		return user
	}
	for _, image := range n.Images {
		if ok, _ := path.Match(image.Pattern, i.ImageName); ok {
			return image.User
		}
	}
	return n.User
}

func (n Naming) groups(i Instance) []string {
	var groups []string
	for _, tag := range n.GroupTags {
		if g := i.Tags[tag]; g != "" && !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	return groups
}

// Hosts makes hosts of instances, and remembers those for Match. The second
// result holds, by instance id, why an instance could not be made a host:
// among others because another one has its name, for then nobody could tell
// which of them is meant.
func (c *Client) Hosts(instances []Instance) ([]actions.Host, map[string]error) {
	refused := map[string]error{}
	made := map[string]Instance{}
	var hosts []actions.Host
	for _, i := range instances {
		h, err := c.naming.Host(i)
		if err != nil {
			refused[i.ID] = err
			continue
		}
		if other, twice := made[h.Name]; twice {
			refused[i.ID] = fmt.Errorf("%s in %s cannot be a host: %s is called %q too", i.ID, i.Region, other.ID, h.Name)
			refused[other.ID] = fmt.Errorf("%s in %s cannot be a host: %s is called %q too", other.ID, other.Region, i.ID, h.Name)
			continue
		}
		made[h.Name] = i
		hosts = append(hosts, h)
	}
	hosts = slices.DeleteFunc(hosts, func(h actions.Host) bool { return refused[made[h.Name].ID] != nil })
	c.remember(made)
	return hosts, refused
}
