package simhost

// commands are the programs of a host, by their names. What is not here is not
// found. None of them runs anything of this machine.
func commands() map[string]command {
	return map[string]command{
		// the shell and what runs others
		"sh": sh, "timeout": timeout, "sleep": sleep, "xargs": xargs, "setpriv": setpriv, "sudo": sudo, "env": envCommand,
		"kill": kill, "flock": flock, "@umask": umask, "true": truth, "false": wrong, "test": test,
		bindCommand: bindFD, lockCommand: lockFile, unlockCommand: unlockFile, "@which": which, "@refuse": refuse,
		// text
		"cat": cat, "head": head, "tail": tail, "cut": cut, "sort": sortLines, "wc": wc, "paste": paste, "tr": tr, "tee": tee,
		"grep": grep, "sed": sed, "awk": awkProgram,
		// files
		"ls": ls, "mkdir": mkdir, "rmdir": rmdir, "mktemp": mktemp, "mv": mv, "cp": cp, "rm": rm, "ln": ln,
		"chmod": chmod, "chown": chown, "touch": touch, "sync": syncFiles, "stat": stat, "readlink": readlink,
		"realpath": realpath, "find": find, "df": df, "md5sum": md5sum, "sha256sum": sha256sum,
		// accounts and the system
		"getent": getent, "id": id, "uname": uname, "date": date, "getconf": getconf, "logger": logger, "ps": ps,
		"systemd-detect-virt": detectVirt, "findmnt": nothingToSay,
		"systemctl": alone(systemctl), "systemd-run": systemdRun, "journalctl": journalctl,
		// the network
		"ss": alone(ss), "nft": nft, "curl": alone(curl), "ssh": sshProgram, "ssh-keygen": sshKeygen, "sshd": sshdProgram,
		// packages
		"dpkg-query": dpkgQuery, "dpkg": dpkg, "apt-get": alone(aptGet), "apt-cache": aptCache, "apt-config": aptConfig,
		"unattended-upgrade": unattendedUpgrade, "fail2ban-client": fail2banClient,
	}
}

// broughtBy names the package without which a command is not there.
var broughtBy = map[string]string{
	"fail2ban-client": "fail2ban", "unattended-upgrade": "unattended-upgrades", "nft": "nftables",
}

// alone has a command that changes the state of units run by itself.
func alone(do command) command {
	return func(c *call) int {
		c.h.state.Lock()
		defer c.h.state.Unlock()
		return do(c)
	}
}
