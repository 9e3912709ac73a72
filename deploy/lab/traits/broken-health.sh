# shellcheck shell=bash
# Trait: broken-health. The application does not survive an upgrade: after
# dpkg has changed anything, /health answers 503 until the host is reset.
echo "post-invoke=mkdir -p /var/lib/app && touch /var/lib/app/broken" >/etc/dpkg/dpkg.cfg.d/broken-health
