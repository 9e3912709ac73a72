printf 'user %s\nroot %s\nway %s\nfrom %s\n' "$probe_login" "$probe_root" "$probe_way" "${probe_connection%% *}"
