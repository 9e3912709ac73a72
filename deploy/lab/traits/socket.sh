# shellcheck shell=bash
# Trait: socket. systemd listens on port 22 and starts an sshd per connection;
# Port and ListenAddress in sshd's configuration mean nothing here.
systemctl disable -q ssh.service
systemctl enable -q ssh.socket
