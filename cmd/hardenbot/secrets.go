package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"

	"hardenbot/actions"
	"hardenbot/actions/factor"
)

// The environment variables that hold Slack's secrets. Each has a twin that
// ends in _FILE and names a file instead, as systemd's credentials are.
const (
	envBotToken      = "HARDENBOT_SLACK_BOT_TOKEN"
	envAppToken      = "HARDENBOT_SLACK_APP_TOKEN"
	envSigningSecret = "HARDENBOT_SLACK_SIGNING_SECRET"

	// Accepted beside the signing secret, while Slack's is being rotated.
	envNextSecret = "HARDENBOT_SLACK_SIGNING_SECRET_NEXT"

	// What the approvers' second factors are sealed with, where policy.step_up is set.
	envSealKey = "HARDENBOT_SEAL_KEY"
)

var secretNames = []string{envBotToken, envAppToken, envSigningSecret, envNextSecret, envSealKey}

// secretKeys are what people try to call them in the configuration file.
var secretKeys = []string{"bot_token", "app_token", "token", "signing_secret", "secret", "password", "private_key"}

// secrets are what serve needs besides the configuration. They are never
// printed: no error and no log repeats one.
type secrets struct {
	BotToken, AppToken, SigningSecret, NextSecret string
}

// neededSecrets lists what serve needs.
func neededSecrets(cfg *Config) []string {
	needed := []string{envBotToken, envAppToken}
	if cfg.Slack.Mode == "http" {
		needed[1] = envSigningSecret
	}
	if cfg.Policy != nil && cfg.Policy.StepUp != actions.StepUpNever {
		needed = append(needed, envSealKey)
	}
	return needed
}

// readSecrets reads what the mode needs. Its error names what is missing.
func readSecrets(mode string, getenv func(string) string) (s secrets, err error) {
	if s.BotToken, err = readSecret(envBotToken, "xoxb-", getenv); err != nil {
		return secrets{}, err
	}
	if mode == "http" {
		s.SigningSecret, err = readSecret(envSigningSecret, "", getenv)
		if err == nil && (getenv(envNextSecret) != "" || getenv(envNextSecret+"_FILE") != "") {
			s.NextSecret, err = readSecret(envNextSecret, "", getenv)
		}
	} else {
		s.AppToken, err = readSecret(envAppToken, "xapp-", getenv)
	}
	if err != nil {
		return secrets{}, err
	}
	return s, nil
}

// readSealKey reads the key that second factors are sealed with.
func readSealKey(getenv func(string) string) ([]byte, error) {
	typed, err := readSecret(envSealKey, "", getenv)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(typed)
	if err != nil || len(key) != factor.KeySize {
		return nil, fmt.Errorf("%s has to be %d random bytes in base64; head -c 32 /dev/urandom | base64 makes one", envSealKey, factor.KeySize)
	}
	return key, nil
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
