#!/usr/bin/bash
# The first process of a boot: make this generation the running one, then let systemd start it.
# Debian's systemd reads /etc/systemd/system, so the links of the generation have to be there before it starts.
set -u
systemConfig='@out@'
export PATH=/usr/sbin:/usr/bin

[ -e /proc/self/exe ] || mount -t proc proc /proc
mountpoint -q /run || mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /run

"$systemConfig/activate" || echo "init: the activation script of $systemConfig reported an error" >&2
ln -sfn "$systemConfig" /run/booted-system

exec /usr/lib/systemd/systemd "$@"
