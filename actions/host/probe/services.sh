need systemctl
systemctl show -p LoadState,ActiveState,UnitFileState @UNITS@
