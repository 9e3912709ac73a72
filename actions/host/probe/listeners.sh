need ss
ss -H -tulpn
