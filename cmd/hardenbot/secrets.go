package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// The environment variables that hold Slack's secrets. Each has a twin that
// ends in _FILE and names a file instead, as systemd's credentials are.
const (
	envBotToken      = "HARDENBOT_SLACK_BOT_TOKEN"
	envAppToken      = "HARDENBOT_SLACK_APP_TOKEN"
	envSigningSecret = "HARDENBOT_SLACK_SIGNING_SECRET"
)

var secretNames = []string{envBotToken, envAppToken, envSigningSecret}

// secretKeys are what people try to call them in the configuration file.
var secretKeys = []string{"bot_token", "app_token", "token", "signing_secret", "secret", "password", "private_key"}

// secrets are what serve needs besides the configuration. They are never
// printed: no error and no log repeats one.
type secrets struct {
	BotToken, AppToken, SigningSecret string
}

// neededSecrets lists what serve needs.
func neededSecrets(mode string) []string {
	if mode == "http" {
		return []string{envBotToken, envSigningSecret}
	}
	return []string{envBotToken, envAppToken}
}

// readSecrets reads what the mode needs. Its error names what is missing.
func readSecrets(mode string, getenv func(string) string) (s secrets, err error) {
	if s.BotToken, err = readSecret(envBotToken, "xoxb-", getenv); err != nil {
		return secrets{}, err
	}
	if mode == "http" {
		s.SigningSecret, err = readSecret(envSigningSecret, "", getenv)
	} else {
		s.AppToken, err = readSecret(envAppToken, "xapp-", getenv)
	}
	if err != nil {
		return secrets{}, err
	}
	return s, nil
}

func readSecret(name, prefix string, getenv func(string) string) (string, error) {
	value, file := getenv(name), getenv(name+"_FILE")
	switch {
	case value != "" && file != "":
		return "", fmt.Errorf("both %s and %[1]s_FILE are set: keep one of them", name)
	case value == "" && file == "":
		return "", fmt.Errorf("%s is missing: set it, or %[1]s_FILE to the name of a file that holds it", name)
	case file != "":
		var err error
		if value, err = secretFile(name, file); err != nil {
			return "", err
		}
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return "", fmt.Errorf("the file that %s_FILE names is empty", name)
	case !strings.HasPrefix(value, prefix):
		return "", fmt.Errorf("%s is not the right kind of token: it begins with %s", name, prefix)
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("%s contains blanks or other characters that no token has", name)
	}
	return value, nil
}

func secretFile(name, file string) (string, error) {
	const most = 4096 // bytes; Slack's are shorter than 200
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE cannot be read: %w", name, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%s_FILE cannot be read: %w", name, err)
	case len(raw) > most:
		return "", fmt.Errorf("the file that %s_FILE names is too long to hold a token", name)
	}
	return string(raw), nil
}
