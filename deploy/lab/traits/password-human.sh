# shellcheck shell=bash
# Trait: password-human. alice logs in by password and has no key. The login
# itself, which leaves its traces in wtmp, lastlog and the journal, is made by
# password-human.after.
useradd --create-home --shell /bin/bash alice
echo "alice:$LAB_PASSWORD_HASH" | chpasswd -e
