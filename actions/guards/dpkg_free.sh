# Looks who holds the package manager's locks and whether dpkg was interrupted,
# with the prelude's functions.
# In: $interrupted, "allowed" if only the locks matter. Out, a line each:
#   held FILE<tab>PID<tab>NAME<tab>UNIT<tab>SINCE   a process holds the lock on FILE
#   left PACKAGE is STATUS       dpkg has not finished with PACKAGE
#   left it …                    nor with its own database
#   end
dpkg_holders | sed 's/^/held /'
# While dpkg runs, this is only its work under way; the lock tells.
if [ "$interrupted" != allowed ]; then
	unfinished=$(dpkg_unfinished) || fail "dpkg-query cannot read what dpkg has installed"
	printf '%s\n' "$unfinished" | awk -F '\t' 'NF > 3 { print "left " $1 " is " $4 }'
	! dpkg_half_written || echo 'left it has a change of its database half done'
fi
echo end
