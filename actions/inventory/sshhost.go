package inventory

import (
	"cmp"
	"fmt"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// Complete fills in what the host leaves out: from the file, and where that
// says nothing either, the address is the name, the port 22 and the login
// defaultUser. What the host says itself stays. The error is FILE:LINE:
// sentence.
func (c *SSHConfig) Complete(h actions.Host, defaultUser string) (actions.Host, error) {
	says := c.about(h.Name)
	end, err := c.endpoint(h.Name, says)
	if err != nil {
		return h, err
	}
	h.Address = cmp.Or(h.Address, end.Address)
	h.Port = cmp.Or(h.Port, end.Port)
	h.User = cmp.Or(h.User, end.User, defaultUser)
	if h.Route.Jumps, err = c.jumps(h.Name, says, defaultUser, nil); err != nil {
		return h, err
	}
	h.Route.Auth, err = c.login(says, h.Name, h.Address, h.User)
	return h, err
}

// login is what the file says that the server of this name, at this address, is
// logged in to with.
func (c *SSHConfig) login(says settings, name, address, user string) (login actions.Auth, err error) {
	tokens := map[byte]string{'h': address, 'r': user, 'n': name}
	if login.Identities, err = c.paths(says, "IdentityFile", tokens); err != nil {
		return login, err
	}
	if login.Certificates, err = c.paths(says, "CertificateFile", tokens); err != nil {
		return login, err
	}
	login.HostKeyAlias, err = c.hostKeyAlias(says)
	return login, err
}

// endpoint is where the file says that a name leads, and as whom; the user is
// empty where it does not say. A Jump has the same three parts.
func (c *SSHConfig) endpoint(name string, says settings) (actions.Jump, error) {
	end := actions.Jump{Address: name, Port: 22}
	if s := says.first("HostName"); s.value != "" {
		address, err := expandTokens(s.value, map[byte]string{'h': name})
		if err == nil {
			err = CheckAddress(address)
		}
		if err != nil {
			return end, c.at(s, "HostName", err)
		}
		end.Address = address
	}
	if s := says.first("Port"); s.value != "" {
		port, err := parsePort(s.value)
		if err != nil {
			return end, c.at(s, "Port", err)
		}
		end.Port = port
	}
	if s := says.first("User"); s.value != "" {
		if err := CheckUser(s.value); err != nil {
			return end, c.at(s, "User", err)
		}
		end.User = s.value
	}
	return end, nil
}

func (c *SSHConfig) hostKeyAlias(says settings) (string, error) {
	s := says.first("HostKeyAlias")
	if s.value == "" {
		return "", nil
	}
	if err := CheckAddress(s.value); err != nil {
		return "", c.at(s, "HostKeyAlias", err)
	}
	return s.value, nil
}

// paths returns the files that a keyword names for a host. "none" names none.
func (c *SSHConfig) paths(says settings, keyword string, tokens map[byte]string) ([]string, error) {
	var files []string
	for _, s := range says.all(keyword) {
		if strings.EqualFold(s.value, "none") {
			continue
		}
		file, err := c.path(s.value, tokens)
		if err != nil {
			return nil, c.at(s, keyword, err)
		}
		files = append(files, file)
	}
	return files, nil
}

// path expands ~ and the tokens. Relative paths are refused: ssh takes them
// from the directory it happens to be started in.
func (c *SSHConfig) path(value string, tokens map[byte]string) (string, error) {
	if rest, ok := strings.CutPrefix(value, "~/"); ok {
		value = "%d/" + rest
	}
	all := map[byte]string{'d': c.home}
	for token, text := range tokens {
		all[token] = text
	}
	if strings.Contains(value, "%u") {
		me, err := user.Current()
		if err != nil {
			return "", fmt.Errorf("%%u cannot be told: %w", err)
		}
		all['u'] = me.Username
	}
	file, err := expandTokens(value, all)
	if err != nil {
		return "", err
	}
	if strings.Contains(file, "${") {
		return "", fmt.Errorf("%.60q contains an environment variable, which is not supported: write the path out", value)
	}
	if !filepath.IsAbs(file) {
		return "", fmt.Errorf("%.60q is a relative path: begin it with / or ~/", value)
	}
	return filepath.Clean(file), nil
}

// expandTokens replaces %% and the given tokens (ssh_config(5), TOKENS).
func expandTokens(value string, tokens map[byte]string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '%' {
			b.WriteByte(value[i])
			continue
		}
		i++
		if i < len(value) && value[i] == '%' {
			b.WriteByte('%')
			continue
		}
		text, known := "", false
		if i < len(value) {
			text, known = tokens[value[i]]
		}
		if !known {
			return "", fmt.Errorf("%.60q contains a token that is not supported here", value)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func parsePort(s string) (int, error) {
	port, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%.60q is no port: ports go from 1 to 65535", s)
	}
	return port, CheckPort(port)
}

func (c *SSHConfig) at(s setting, keyword string, err error) error {
	return fmt.Errorf("%s:%d: %s: %w", c.file, s.line, keyword, err)
}
