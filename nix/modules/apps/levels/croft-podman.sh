#!@bash@
# croft-podman [--aside] SETTINGS USER HOME LISTEN PORTS SOCKETS -- PROGRAM [ARGUMENT…]: runs the program in a container of rootless
# Podman's, and ends as it does.
#
# SETTINGS is a directory with what is known before (store-paths, variables); this adds what the unit alone knows. LISTEN is ADDRESS/PORT
# of the box at which the app is reached, PORTS those of the box's loopback that it reaches, SOCKETS the directories with the sockets
# that it is attached to; - is none. --aside is a command beside the app, which has that port already.
set -eu
given=$PATH
PATH=@path@
# shellcheck source=nix/modules/apps/levels/croft-place.sh
. @place@
aside=
if [ "$1" = --aside ]; then aside=yes && shift; fi
settings=$1 user=$2 home=$3 listen=$4 ports=$5 sockets=$6
shift 7
[ -z "$aside" ] || listen=-

uid=$UID gid=${GROUPS[0]}
# A file system of the unit's own, gone with it.
place=/run/croft-place root=/run/croft-place/root

# -- its root --------------------------------------------------------------------------------------------------------------

arguments=()
bind() { arguments+=("--volume=$1:${2-$1}:ro"); }
mkdir -p "$place"/{home,run,tmp}
make_root "$root"
bind_files

[ -z "${CREDENTIALS_DIRECTORY-}" ] || bind "$CREDENTIALS_DIRECTORY"
# A server that is away for the moment is no reason not to start.
if [ "$sockets" != - ]; then
  for directory in $sockets; do
    if [ -d "$directory" ]; then bind "$directory"; fi
  done
fi

# Its own limits, by which runtimes size themselves, and nobody else's.
while IFS= read -r line; do
  case $line in 0::/*) bind "/sys/fs/cgroup${line#0::}" /sys/fs/cgroup ;; esac
done </proc/self/cgroup

# -- its network, which it shares with nobody: pasta carries what goes out and in ------------------------------------------

# There is no way to the box's own addresses, not even by another name (--map-guest-addr).
network="pasta:--no-map-gw,--map-guest-addr,none,--dns-forward,$asked"
[ "$listen" = - ] || network+=",--tcp-ports,$listen"
if [ "$ports" != - ]; then
  for port in ${ports//,/ }; do network+=",--tcp-ns,$port"; done
fi

# -- Podman, and the app in it ---------------------------------------------------------------------------------------------

# The app's variables, and not what says which library Podman is to load. Who reads them is there, and can be told to end.
mkfifo "$root/.environment"
tell_variables >"$root/.environment" </dev/null &
told=$!

# What is sent to a container that is about to be would be lost, and systemd wait for its end in vain.
container='' signalled=''
end() {
  signalled=yes
  if [ -n "$container" ] && ! kill -0 "$told" 2>/dev/null; then
    kill -TERM "$container" 2>/dev/null || true
  else
    # The rest is systemd's to end.
    [ -z "$container" ] || kill -KILL "$container" 2>/dev/null || true
    exit 143
  fi
}
trap end TERM

export HOME=$place/home XDG_RUNTIME_DIR=$place/run TMPDIR=$place/tmp
export CONTAINERS_CONF=@containers@ CONTAINERS_STORAGE_CONF=@storage@
unset NOTIFY_SOCKET
exec 3<&0
podman --log-level=fatal run --rm --name=app --hostname="$(cat /proc/sys/kernel/hostname)" --cgroups=split \
  --userns=keep-id --user="$uid:$gid" --passwd=false --cap-drop=all --security-opt=no-new-privileges \
  --network="$network" --dns=none --no-hosts --http-proxy=false --unsetenv-all \
  --init --workdir="$PWD" --sdnotify=ignore --no-healthcheck --log-driver=passthrough \
  --read-only --read-only-tmpfs=false "${arguments[@]}" "--volume=/tmp:/tmp" "--volume=/var/tmp:/var/tmp" "--volume=$home:$home" \
  --rootfs "$root" @launch@ --environment=/.environment -- "$@" <&3 3<&- &
container=$!
exec 3<&- </dev/null

code=0
wait "$container" || code=$?
# A signal ends the waiting, too; the container may have ended all the same.
while [ -n "$signalled" ]; do
  signalled='' again=0
  wait "$container" 2>/dev/null || again=$?
  [ "$again" = 127 ] || code=$again
done
# It never came so far as to read them.
kill -KILL "$told" 2>/dev/null || true
exit "$code"
