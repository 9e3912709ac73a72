# shellcheck shell=bash
# Trait: mariadb-socket. systemd listens on 3306 for MariaDB, on all addresses:
# bind-address means nothing here. New installations of Debian's package are so.
systemctl enable -q mariadb.socket
