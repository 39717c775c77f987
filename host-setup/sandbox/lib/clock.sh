# shellcheck shell=bash
# A clock of its own (`start --clock`). A container has its machine's wall clock, and no namespace changes that; so a library
# stands between the kernel and the programs of every unit, and adds what `clock` says. systemd itself (PID 1, and with it
# OnCalendar timers), static programs and the times of files keep the true time; the monotonic clocks are never touched.

CLOCK_LIBRARY=/usr/local/lib/croft-sandbox/clock.so
CLOCK_OFFSET=/usr/local/lib/croft-sandbox/clock.offset
CLOCK_UNITS=/usr/lib/systemd/system.conf.d/50-sandbox-clock.conf

clock_is_own() { [ -e "$BOX_DIR/clock" ]; }

# Remembered: a box that was started with it keeps it. It takes effect at the next boot.
clock_prepare() {
  clock_is_own && return 0
  if box_is_running; then
    fail "The sandbox host does not get a clock of its own." "It runs already, and its programs with this machine's clock." \
      "Stop it first: ./croft sandbox stop --data $DATA"
  fi
  : >"$BOX_DIR/clock"
}

# For whoever is not started by systemd.
clock_environment() { ! clock_is_own || printf 'LD_PRELOAD=%s\n' "$CLOCK_LIBRARY"; }

# Laid down before each boot, which begins with the true time. It is compiled against the box's own libc.
clock_install() {
  clock_is_own || return 0
  clock_write 0
  chroot "$BOX_ROOT" gcc -x c -shared -fPIC -O2 -Wall -Werror -DCLOCK_OFFSET="\"$CLOCK_OFFSET\"" -o "$CLOCK_LIBRARY.new" - \
    <"$SANDBOX_HOME/image/clock.c" ||
    fail "The sandbox host got no clock of its own." "The box's compiler refused image/clock.c; its words are above." "Repair it, then start again."
  mv "$BOX_ROOT$CLOCK_LIBRARY.new" "$BOX_ROOT$CLOCK_LIBRARY"
  mkdir -p "$BOX_ROOT${CLOCK_UNITS%/*}"
  printf '[Manager]\nDefaultEnvironment=LD_PRELOAD=%s\n' "$CLOCK_LIBRARY" >"$BOX_ROOT$CLOCK_UNITS"
}

# In place: running programs have the file mapped. Eight bytes, as the machine keeps a number.
clock_write() { perl -e 'print pack("q", $ARGV[0])' -- "$1" | dd of="$BOX_ROOT$CLOCK_OFFSET" bs=8 count=1 conv=notrunc status=none; }

clock_set() { # SECONDS
  [[ $1 =~ ^[+-]?[0-9]{1,10}$ ]] || usage_error "'$1' is not a number of seconds, like +3600 or 0."
  clock_is_own || fail "The sandbox host's clock was not set." "It is this machine's clock." \
    "Give it one of its own: ./croft sandbox stop --data $DATA, then start --clock"
  clock_write "$1"
}
