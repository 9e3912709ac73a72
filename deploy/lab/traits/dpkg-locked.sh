# shellcheck shell=bash
# Trait: dpkg-locked. A process that never ends holds dpkg's lock, as a stuck
# package manager does: a POSIX record lock on lock-frontend. In ps and in
# apt's message it is "stuck-dpkg".
cat >/usr/local/sbin/stuck-dpkg <<'PERL'
#!/usr/bin/perl
use strict;
use warnings;
use Fcntl qw(F_SETLK F_WRLCK SEEK_SET);
$0 = 'stuck-dpkg';
open my $lock, '+>', '/var/lib/dpkg/lock-frontend' or die "open: $!\n";
# struct flock on 64-bit Linux: type, whence, start, length, pid.
my $flock = pack 's s x4 q q i x4', F_WRLCK, SEEK_SET, 0, 0, 0;
fcntl $lock, F_SETLK, $flock or die "lock: $!\n";
sleep;
PERL
chmod 0755 /usr/local/sbin/stuck-dpkg
cat >/etc/systemd/system/stuck-dpkg.service <<'UNIT'
[Service]
ExecStart=/usr/local/sbin/stuck-dpkg
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable -q stuck-dpkg.service
