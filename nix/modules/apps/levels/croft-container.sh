#!@bash@
# croft-container [--aside] SETTINGS USER HOME LISTEN PORTS SOCKETS -- PROGRAM [ARGUMENT…]: becomes a container of systemd-nspawn with the
# program in it.
#
# SETTINGS is a directory with what is known before (store-paths, variables); this adds what the unit alone knows. LISTEN is ADDRESS/PORT
# of the box at which the app is reached, PORTS those of the box's loopback that it reaches, SOCKETS the paths of those that it is
# attached to; - is none. --aside is a command beside the app, which has that port already.
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

uid=$(id -u "$user") gid=$(id -g "$user")
# Numbers that nobody else has: above those that systemd gives to containers, a range for each app.
base=$((0x70000000 + uid % 4000 * 65536))
# A file system of the unit's own, gone with it.
place=/run/croft-place root=/run/croft-place/root

as_app() { setpriv --reuid "$uid" --regid "$gid" --init-groups --no-new-privs --inh-caps=-all "$@"; }

# -- its root --------------------------------------------------------------------------------------------------------------

arguments=()
bind() { arguments+=("--bind-ro=$1:${2-$1}"); }
mkdir -p "$place/sockets"
make_root "$root"
bind_files

# Root's, and readable to nobody else on the box; never written to a disk.
if [ -n "${CREDENTIALS_DIRECTORY-}" ]; then
  mkdir "$place/credentials"
  mount -t ramfs -o mode=0700 ramfs "$place/credentials"
  cp -- "$CREDENTIALS_DIRECTORY"/* "$place/credentials/"
  chmod 0400 "$place/credentials"/* && chmod 0500 "$place/credentials"
  chown -R "$((base + uid)):$((base + gid))" "$place/credentials"
  bind "$place/credentials" "$CREDENTIALS_DIRECTORY"
fi

# The app's variables, and not what says which library systemd-nspawn is to load.
tell_variables >"$root/.environment"

# -- its network, which it shares with nobody ------------------------------------------------------------------------------

# pasta carries what goes out and in, as the app's account; there is no way to the box's own addresses. The namespace is that
# account's, and is held by a process that sleeps.
exec 3< <(as_app setsid --fork unshare --user --map-current-user --keep-caps --net @bash@ -c 'ip link set lo up; echo $$; exec sleep infinity')
read -r holder <&3
as_app pasta --quiet --config-net --no-map-gw --dns-forward "$asked" \
  --tcp-ports "${listen/#-/none}" --udp-ports none --tcp-ns "${ports/#-/none}" --udp-ns none "$holder"

# The servers know the app by its account, which has another number in there.
if [ "$sockets" != - ]; then
  relays=()
  for socket in $sockets; do
    directory=$place/sockets/${socket//\//_}
    install -d -o "$uid" "$directory"
    relays+=("$directory/${socket##*/}=$socket")
    bind "$directory" "${socket%/*}"
  done
  as_app @relay@ "${relays[@]}"
fi

# -- its limits, by which runtimes size themselves: those of the unit are above what it can see ----------------------------

while IFS= read -r line; do
  case $line in
    0::*/supervisor)
      own=/sys/fs/cgroup${line#0::}
      own=${own%/supervisor}
      mkdir -p "$own/payload"
      for controller in memory cpu pids; do
        if [ -e "$own/$controller.max" ]; then
          echo "+$controller" >"$own/cgroup.subtree_control" && cat "$own/$controller.max" >"$own/payload/$controller.max" || true
        fi
      done
      ;;
  esac
done </proc/self/cgroup

exec 3<&-
export SYSTEMD_NSPAWN_TMPFS_TMP=0
exec nsenter "--net=/proc/$holder/ns/net" systemd-nspawn --quiet --register=no --keep-unit --settings=no \
  --machine="croft-${INVOCATION_ID:-$$}" --hostname="$(cat /proc/sys/kernel/hostname)" --directory="$root" \
  --private-users="$base:65536" --private-users-ownership=off --no-new-privileges=yes \
  --as-pid2 --kill-signal=SIGRTMIN+4 --console=pipe --chdir="$PWD" \
  --resolv-conf=off --timezone=off --link-journal=no \
  "${arguments[@]}" "--bind=/tmp:/tmp:idmap" "--bind=/var/tmp:/var/tmp:idmap" "--bind=$home:$home:idmap" \
  -- @launch@ --environment=/.environment --as="$uid:$gid" -- "$@"
