# shellcheck shell=bash
# Trait: root-only. The bot's one way in is root's key: ops has neither key nor
# sudo, and the ready configuration says root for this host.
rm -rf /home/ops/.ssh /etc/sudoers.d/ops
install -d -m 0700 /root/.ssh
echo "$LAB_KEY" >/root/.ssh/authorized_keys
chmod 0600 /root/.ssh/authorized_keys
