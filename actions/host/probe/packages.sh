need apt-cache
apt-cache policy @PACKAGES@
