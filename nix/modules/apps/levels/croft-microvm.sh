#!@bash@
# croft-microvm [--aside] SETTINGS USER HOME LISTEN PORTS SOCKETS MEMORY -- PROGRAM [ARGUMENT…]: a machine of its own for the program.
#
# SETTINGS is a directory with what is known before (see microvm.nix); this adds what the unit alone knows. LISTEN is ADDRESS/PORT of the
# box at which the app is reached, PORTS those of the box's loopback that it reaches, SOCKETS the paths of those that it is attached to;
# - is none. MEMORY is the machine's, in MiB. --aside is a command beside the app, which has that port already.
#
# It needs no rights. virtiofsd shows the machine the app's files, pasta keeps a network for it that it shares with nobody, and QEMU runs
# it there. What the machine says comes out of this process, and SIGTERM to it lets the app end.
set -eu
aside=
if [ "$1" = --aside ]; then aside=yes && shift; fi
settings=$1 user=$2 home=$3 listen=$4 ports=$5 sockets=$6 memory=$7
shift 8
[ -z "$aside" ] || listen=-
given=$PATH
PATH=@path@
uid=$UID gid=${GROUPS[0]}
# shellcheck source=nix/modules/apps/levels/croft-place.sh
. @place@

# A file system of the unit's own, gone with it.
run=/run/croft-place
mkfifo "$run"/{out,err,control}.{in,out}

# -- what the machine sees -------------------------------------------------------------------------------------------------

name_servers >"$run/resolv.conf"
put_names "$run"
{
  tell_variables -u JOURNAL_STREAM
  # What its output is part of, others learn from the number of a file; that one is another's in there.
  [ -z "${JOURNAL_STREAM-}" ] || printf '%s\0' "JOURNAL_STREAM=$JOURNAL_STREAM"
} >"$run/environment"
printf '%s\0' "$(cat /proc/sys/kernel/hostname)" "$PWD" @relay@ @launch@ --environment=/.environment "--as=$uid:$gid" -- "$@" >"$run/command"

# The box's servers, each at a port that this side has at its loopback and nobody listens at.
: >"$run/places"
number=7000 directories=() relays=()
if [ "$sockets" != - ]; then
  for socket in $sockets; do
    directories+=("${socket%/*}")
    number=$((number + 1))
    while [[ ",${listen##*/},$ports," == *",$number,"* ]]; do number=$((number + 1)); done
    printf '%s\n' "${socket%/*}" "$socket=10.0.2.2:$number" >>"$run/places"
    relays+=("127.0.0.1:$number=$socket")
  done
fi
if [ "$ports" != - ]; then
  for port in ${ports//,/ }; do echo "127.0.0.1:$port=10.0.2.2:$port" >>"$run/places"; done
fi

seen=()
bind() { seen+=(--ro-bind "$1" "${2-$1}"); }
bind_files
for directory in ${directories[@]+"${directories[@]}"}; do seen+=(--dir "$directory"); done
# Not among the files: systemd lets the account read them by means that the machine's kernel does not see.
secrets=()
: >"$run/credentials"
if [ -n "${CREDENTIALS_DIRECTORY-}" ]; then
  seen+=(--dir "$CREDENTIALS_DIRECTORY")
  echo "$CREDENTIALS_DIRECTORY $uid $gid" >"$run/credentials"
  for file in "$CREDENTIALS_DIRECTORY"/*; do
    secrets+=(-fw_cfg "name=opt/croft/$((${#secrets[@]} / 2)),file=$file")
    echo "${file##*/}" >>"$run/credentials"
  done
fi
for file in passwd group nsswitch.conf resolv.conf; do bind "$run/$file" "/etc/$file"; done
for file in command credentials places; do bind "$run/$file" "/$file"; done
bind "$run/environment" /.environment

# Twice: what is made first is shown to the machine, without what this side needs there.
bwrap --unshare-all --share-net --die-with-parent \
  --proc /proc --dev /dev --dir /sys --dir /guest --dir /run --symlink /run /var/run \
  "${seen[@]}" --ro-bind @bash@ /bin/sh --ro-bind @env@ /usr/bin/env --bind "$run" "$run" \
  --bind /tmp /tmp --bind /var/tmp /var/tmp --bind "$home" "$home" --remount-ro / \
  -- @bwrap@ --unshare-user --unshare-pid --die-with-parent \
  --bind / /guest --tmpfs /guest/proc --tmpfs /guest/dev --perms 0700 --tmpfs "/guest$run" --remount-ro "/guest$run" \
  --proc /proc --dev /dev --ro-bind /nix/store /nix/store --bind "$run" "$run" \
  -- @virtiofsd@ --socket-path="$run/files" --shared-dir=/guest --sandbox=none --cache=auto --inode-file-handles=never --log-level=error &
files=$!

# -- its network, as that of a container: what listens is a process of the unit, and of the box there is what the app is attached to -----

exec 3< <(exec setsid --fork unshare --user --map-current-user --keep-caps --net @bash@ -c 'ip link set lo up; echo $$; exec sleep infinity')
read -r holder <&3
exec 3<&-
pasta --quiet --config-net --no-map-gw --dns-forward "$asked" \
  --tcp-ports "${listen/#-/none}" --udp-ports none --tcp-ns "${ports/#-/none}" --udp-ns none "$holder"
there=(nsenter "--target=$holder" --user --net --preserve-credentials)
[ "${#relays[@]}" = 0 ] || "${there[@]}" @relay@ "${relays[@]}"

# -- the machine -----------------------------------------------------------------------------------------------------------

if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
  fast=(-accel kvm -cpu host -smp "$(($(nproc) < 8 ? $(nproc) : 8))") clock=
else
  # An emulated processor is a tenth as fast. Told the clock's rate, the kernel does not have to measure it, which fails there now and then.
  fast=(-accel tcg,thread=single -cpu max -smp 1)
  clock="tsc_early_khz=$(sed -n 's/^cpu MHz[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1\2/p' /proc/cpuinfo | head -n 1) tsc=reliable no_timer_check"
fi
tries=0
until [ -S "$run/files" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 1000 ] || ! kill -0 "$files" 2>/dev/null; then
    echo "croft: the machine of this app was not started: what shows it its files did not come up." >&2
    exit 1
  fi
  sleep 0.01
done

cat "$run/out.out" &
said=("$!")
cat "$run/err.out" >&2 &
said+=("$!")
status=$run/status
: >"$status"
hear() {
  local word rest
  while read -r word rest; do
    case $word in
      up)
        : >"$run/up"
        open_port
        ;;
      exit) echo "$rest" >"$status" ;;
    esac
  done <"$run/control.out"
}
# Not before: who connects then is kept waiting for a machine that is not there yet, instead of being told so.
open_port() {
  local answer forward
  [ "$listen" != - ] || return 0
  forward="hostfwd_add outside tcp::${listen##*/}-10.0.2.15:${listen##*/}"
  coproc monitor { exec @relay@ --stdio "$run/qmp"; }
  printf '{"execute":"%s"%s}' qmp_capabilities '' human-monitor-command ",\"arguments\":{\"command-line\":\"$forward\"}" >&"${monitor[1]}"
  while read -r answer <&"${monitor[0]}"; do
    case $answer in
      *'"return": ""'*) break ;;
      *'"return": "'* | *'"error"'*)
        echo "croft: the machine of this app cannot be reached: QEMU does not listen at ${listen/\// port }: $answer" >&2
        kill "$machine_id"
        ;;
    esac
  done
  kill "$monitor_PID"
}
port() { machine+=(-chardev "pipe,id=$1,path=$run/$1" -device "virtserialport,chardev=$1,name=croft.$1"); }
machine=(
  -name "$user" -M microvm,acpi=on,pit=off,pic=off,rtc=on,isa-serial=on,pcie=off,usb=off,memory-backend=memory "${fast[@]}"
  -m "$memory" -object "memory-backend-memfd,id=memory,size=${memory}M,share=on"
  -nodefaults -no-user-config -display none -no-reboot
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
  -kernel "$settings/kernel" -initrd "$settings/initrd"
  -append "console=ttyS0 quiet loglevel=3 reboot=t panic=-1 random.trust_cpu=on cryptomgr.notests audit=0 $clock"
  -chardev stdio,id=console,signal=off -serial chardev:console
  -chardev "socket,id=files,path=$run/files" -device vhost-user-fs-device,chardev=files,tag=croft
  -netdev user,id=outside -device virtio-net-device,netdev=outside
  # Memory that the app has given back is the box's again.
  -device virtio-balloon-device,free-page-reporting=on,deflate-on-oom=on
  -device virtio-rng-device
  -qmp "unix:$run/qmp,server=on,wait=off"
  -device virtio-serial-device ${secrets[@]+"${secrets[@]}"}
)
port out
port err
port control
"${there[@]}" qemu-system-@machine@ "${machine[@]}" </dev/null >&2 &
machine_id=$!
hear &
said+=("$!")
(sleep 90 && [ ! -e "$run/up" ] && echo "croft: the machine of this app did not come up within 90 seconds." >&2 && kill "$machine_id") &
waiting=$!
stopped=
# Not `>` into it at once: who opens a pipe that nobody reads waits. Before the machine is up there is no app to end.
end() {
  stopped=yes
  if [ -e "$run/up" ]; then printf T 1<>"$run/control.in" >"$run/control.in" || true; else kill -KILL "$machine_id" 2>/dev/null || true; fi
}
trap end TERM
# Without its files a machine stands still.
while kill -0 "$machine_id" 2>/dev/null; do
  if kill -0 "$files" 2>/dev/null; then wait -n "$machine_id" "$files" || true; else kill "$machine_id" && wait "$machine_id" || true; fi
done
trap '' TERM
# Of a machine that was not up they may wait for a word for ever.
[ -e "$run/up" ] || kill "${said[@]}" 2>/dev/null || true
wait "${said[@]}" || true
kill "$files" "$waiting" "$holder" 2>/dev/null || true
code=$(cat "$status")
# Nothing that failed: it was told to end.
[ -n "$code" ] || [ -z "$stopped" ] || code=$((256 + 15))
if [ -z "$code" ]; then
  echo "croft: the machine of this app ended before the app did." >&2
  exit 1
fi
[ "$code" -lt 256 ] || {
  # The app ended by a signal, and so does what stands for it.
  trap - TERM
  kill "-$((code - 256))" "$$"
}
exit "$code"
