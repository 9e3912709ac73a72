# shellcheck shell=bash
# Trait: no-sudo. ops comes in by key and may do nothing more.
rm -f /etc/sudoers.d/ops
