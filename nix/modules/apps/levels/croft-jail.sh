#!@bash@
# croft-jail ARGUMENTS USER HOME -- PROGRAM [ARGUMENT…]: becomes the program, in a jail of bubblewrap's.
#
# ARGUMENTS is a file with those that are known before; this adds what the unit alone knows. It stays in front of the program and
# ends as the program does. It is not told to take the program with it (--die-with-parent): systemd's SIGTERM comes to both at once,
# and the program is to have its time to end.
set -eu
arguments=$1 user=$2 home=$3
shift 4

bound=()
bind() { bound+=(--ro-bind "$1" "${2-$1}"); }

# Its own limits, by which runtimes size themselves, and nobody else's.
while IFS= read -r line; do
  case $line in 0::/*) bind "/sys/fs/cgroup${line#0::}" /sys/fs/cgroup ;; esac
done </proc/self/cgroup
case ${CREDENTIALS_DIRECTORY-} in /run/credentials/*) bind "$CREDENTIALS_DIRECTORY" ;; esac
# NixOS gives each unit the place of time zones and languages.
case ${TZDIR-} in /nix/store/*) bind "$TZDIR" ;; esac
case ${LOCALE_ARCHIVE-} in /nix/store/*) bind "$LOCALE_ARCHIVE" ;; esac

exec 3<"$arguments"
exec 4<<<"$user:x:$UID:${GROUPS[0]}::$home:/bin/sh
nobody:x:65534:65534::/:/bin/false"
exec 5<<<"$user:x:${GROUPS[0]}:
nogroup:x:65534:"
# The root itself is no place to write to, once everything has its place there.
exec @bwrap@ --args 3 --perms 0444 --ro-bind-data 4 /etc/passwd --perms 0444 --ro-bind-data 5 /etc/group "${bound[@]}" --remount-ro / -- "$@"
