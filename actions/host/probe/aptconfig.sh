need apt-config
apt-config dump | grep -iE '^(APT::Periodic|Unattended-Upgrade)(::| )'
exit 0
