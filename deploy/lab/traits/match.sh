# shellcheck shell=bash
# Trait: match. The main file ends in a Match block that allows passwords for
# user deploy, whatever was said before it. Appended lines would fall into it.
useradd --create-home --shell /bin/bash deploy
echo "deploy:$LAB_PASSWORD_HASH" | chpasswd -e
cat >>/etc/ssh/sshd_config <<'CONF'

Match User deploy
	PasswordAuthentication yes
CONF
