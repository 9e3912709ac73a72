package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/kevinburke/ssh_config"
)

// What an ssh_config file may be at most.
const (
	maxSSHConfig = 1 << 20 // bytes
	maxSSHLine   = 4 << 10 // bytes
)

// SSHConfig is an ssh_config(5) file. Its nil pointer is an empty file.
//
// These keywords are applied: HostName, Port, User, IdentityFile,
// CertificateFile, ProxyJump and HostKeyAlias, for each the first value that
// fits a host, or all of them where ssh takes all. Keywords that change
// neither the way to a host nor the login are passed over. Everything else,
// Match and Include among it, is refused: a file that is half understood could
// lead to the wrong machine.
type SSHConfig struct {
	file   string
	home   string // for ~ and %d
	blocks []block
}

// ReadSSHConfig reads the file. The error joins a sentence for each line that
// cannot be used, as FILE:LINE: sentence.
func ReadSSHConfig(file string) (*SSHConfig, error) {
	text, err := readBounded(file, maxSSHConfig)
	if err != nil {
		return nil, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "/" // a service without HOME; paths with ~ then name files that are not there
	}
	return parseSSHConfig(file, home, text)
}

func readBounded(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s: the file is larger than %d bytes", file, limit)
	}
	return text, err
}

func parseSSHConfig(file, home string, text []byte) (*SSHConfig, error) {
	// The library splits patterns at spaces only, and ends lines in its own way.
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\t"), []byte(" "))
	if err := checkLines(file, string(text)); err != nil {
		return nil, err
	}
	parsed, err := ssh_config.DecodeBytes(text)
	if err != nil {
		return nil, fmt.Errorf("%s: this is no ssh_config file: %w", file, err)
	}
	return &SSHConfig{file: file, home: home, blocks: blocks(parsed.Hosts)}, nil
}

func checkLines(file, text string) error {
	var problems []error
	for i, line := range strings.Split(text, "\n") {
		if err := checkLine(strings.Trim(line, " ")); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", file, i+1, err))
		}
	}
	return errors.Join(problems...)
}

func checkLine(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	if len(line) > maxSSHLine {
		return fmt.Errorf("the line is longer than %d characters", maxSSHLine)
	}
	if strings.ContainsFunc(line, unicode.IsControl) {
		return errors.New("the line contains control characters")
	}
	keyword, value := cutKeyword(line)
	switch {
	case value == "":
		return fmt.Errorf("%.60s needs a value", keyword)
	case strings.EqualFold(keyword, "Host"):
		return checkHostLine(value)
	case strings.EqualFold(keyword, "Match"), strings.EqualFold(keyword, "Include"):
		return fmt.Errorf("%s is not supported: write the Host blocks into this file", keyword)
	case !applied[strings.ToLower(keyword)] && !passedOver[strings.ToLower(keyword)]:
		return fmt.Errorf("the keyword %.60s is not supported: remove it, or name the host under inventory.hosts without it", keyword)
	}
	return nil
}

// cutKeyword splits "Keyword value", "Keyword=value" and "Keyword = value".
func cutKeyword(line string) (keyword, value string) {
	end := strings.IndexAny(line, " =")
	if end < 0 {
		return line, ""
	}
	value = strings.TrimSpace(line[end:])
	value = strings.TrimSpace(strings.TrimPrefix(value, "="))
	value, _, _ = strings.Cut(value, "#")
	return line[:end], strings.TrimSpace(value)
}

func checkHostLine(value string) error {
	if strings.ContainsAny(value, `"'`) {
		return errors.New("quotation marks in Host are not supported: write the names without them")
	}
	for _, pattern := range strings.Fields(value) {
		if strings.ContainsAny(pattern, "*?") || pattern[0] == '!' {
			continue
		}
		if err := CheckName(pattern); err != nil {
			return err
		}
	}
	return nil
}
