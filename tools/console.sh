# shellcheck shell=sh
# up and down: the console's process, and the sandbox host that belongs to it.

# A console is idle nearly always and shares its machine: the simple collector, and a heap that starts small and gives back
# what it does not need (about 200 MB resident when idle, instead of 300).
JVM_FLAGS='-Xms24m -Xmx512m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss512k --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow'
READY_WITHIN=120

locate_data() {
  DATA=$(absolute "$1")
  CONSOLE=$DATA/console
  PID_FILE=$CONSOLE/console.pid
}

command_up() {
  port=${CROFT_PORT:-8080} data=${CROFT_DATA:-./.croft} host=sandbox detach=no
  while [ $# -gt 0 ]; do
    case $1 in
      --port | --data | --host) [ $# -ge 2 ] || usage_error "$1 needs a value." ;;
    esac
    case $1 in
      --port) port=$2; shift 2 ;;
      --port=*) port=${1#*=}; shift ;;
      --data) data=$2; shift 2 ;;
      --data=*) data=${1#*=}; shift ;;
      --host) host=$2; shift 2 ;;
      --host=*) host=${1#*=}; shift ;;
      --detach) detach=yes; shift ;;
      *) usage_error "'$1' is not an option of 'up'." ;;
    esac
  done
  is_port "$port" || usage_error "'$port' is not a port (1-65535)."
  case $host in sandbox | none | ssh://?*@?*) ;; *) usage_error "'$host' is not a host: sandbox, none or ssh://USER@ADDRESS:PORT." ;; esac

  # shellcheck disable=SC2086 # a list
  need_programs $RUN_PROGRAMS
  locate_data "$data"
  (umask 077 && mkdir -p "$CONSOLE")
  lock_data

  if console_runs; then
    [ "$port" = "$running_port" ] || say "It runs already, on port $running_port."
  else
    refuse_taken_port
    build_console
    make_channel_key
    # From here on something runs that has to be stopped when this is given up.
    trap 'say "Stopping."; stop_all; exit 130' INT TERM HUP
    offer_host
    start_console
    trap - INT TERM HUP
  fi
  print_ready
  unlock_data
  [ "$detach" = yes ] || stay_until_stopped
}

is_port() {
  case $1 in '' | *[!0-9]* | ??????*) return 1 ;; esac
  [ "$1" -ge 1 ] || return 1
  [ "$1" -le 65535 ]
}

# One `up` or `down` at a time for each data directory. Whatever is started with the lock held must close descriptor 9.
lock_data() {
  exec 9>"$CONSOLE/lock"
  flock -n 9 && return 0
  say "Waiting for another ./croft that works on $DATA …"
  flock -w 900 9 || fail "Nothing was done." "Another ./croft has been working on $DATA for 15 minutes." \
    "Look at it with: fuser -v $CONSOLE/lock"
}

unlock_data() { exec 9>&-; }

# When a process began, in clock ticks after boot: with it, a pid that was given to another process is never mistaken.
process_start() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# Whether the console that this data directory knows of is alive; sets running_pid and running_port.
console_runs() {
  [ -f "$PID_FILE" ] || return 1
  read -r running_pid running_start running_port <"$PID_FILE" || return 1
  [ -n "$running_start" ] && [ "$(process_start "$running_pid")" = "$running_start" ]
}

refuse_taken_port() {
  port_is_taken "$port" || return 0
  port_holder=$(ss -Hltnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:((\("[^"]*"\),pid=\([0-9]*\).*/\1 (process \2)/p' | head -n 1)
  fail "The console was not started." "Port $port is taken by ${port_holder:-another program}." \
    "Stop that program, or choose another port: ./croft up --port $((port + 1))"
}

# State 0A is LISTEN; the address is not looked at, because a listener on any of them would be in the way of one.
port_is_taken() {
  port_hex=$(printf '%04X' "$1")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$port_hex" '$4 == "0A" { n = split($2, a, ":"); if (a[n] == port) found = 1 } END { exit !found }'
}

# The key with which the console signs in on the box.
make_channel_key() {
  [ -f "$CONSOLE/channel_ed25519" ] && return 0
  say "Making the key of the channel"
  rm -f "$CONSOLE/channel_ed25519.new" "$CONSOLE/channel_ed25519.new.pub"
  ssh-keygen -q -t ed25519 -N '' -C croft -f "$CONSOLE/channel_ed25519.new"
  mv "$CONSOLE/channel_ed25519.new.pub" "$CONSOLE/channel_ed25519.pub"
  mv "$CONSOLE/channel_ed25519.new" "$CONSOLE/channel_ed25519"
}

# Starts the box when it is ours, and hands the console what it needs to offer it on the claim page.
offer_host() {
  case $host in
    none) ;;
    sandbox) offer_sandbox ;;
    ssh://*) offer_address ;;
  esac
}

offer_sandbox() {
  "$CROFT_HOME/croft" sandbox status --data "$DATA" >/dev/null 2>&1 || : >"$CONSOLE/sandbox-is-ours"
  "$CROFT_HOME/croft" sandbox start --data "$DATA" 9>&- </dev/null || {
    stop_all
    fail "The sandbox host did not start." "Its words are above." \
      "Repair what they name and run the same command again, or do without: ./croft up --host none"
  }
  host_file=$DATA/sandbox/host.json
  export_host "$(jq -r .name "$host_file")" "$(jq -r .address "$host_file")" "$(jq -r .port "$host_file")" \
    "$(jq -r .user "$host_file")" "$(jq -r .fingerprint "$host_file")"
}

offer_address() {
  target=${host#ssh://}
  target=${target%/}
  target_user=${target%@*} target_address=${target##*@} target_port=22
  case $target_address in
    \[*\]:*) target_port=${target_address##*]:} target_address=${target_address%]:*} target_address=${target_address#[} ;;
    \[*\]) target_address=${target_address#[} target_address=${target_address%]} ;;
    *:*) target_port=${target_address##*:} target_address=${target_address%:*} ;;
  esac
  case $target_address in -* | '') usage_error "'$target_address' is not an address." ;; esac
  is_port "$target_port" || usage_error "'$target_port' is not a port (1-65535)."
  say "Asking $target_address for its host key"
  target_fingerprint=$(ssh-keyscan -T 10 -t ed25519 -p "$target_port" -- "$target_address" 2>/dev/null | ssh-keygen -l -f - 2>/dev/null | cut -d' ' -f2 | head -n 1)
  [ -n "$target_fingerprint" ] || fail "The box was not found." \
    "No SSH server with an ed25519 host key answered at $target_address, port $target_port." \
    "Check the address, and that the box lets this machine in; then run the same command again."
  say "The box must let this key in (services.croft-host.authorizedKeys): $(cat "$CONSOLE/channel_ed25519.pub")"
  export_host box "$target_address" "$target_port" "$target_user" "$target_fingerprint"
}

export_host() {
  export CROFT_HOST_NAME="$1" CROFT_HOST_ADDRESS="$2" CROFT_HOST_PORT="$3" CROFT_HOST_USER="$4" CROFT_HOST_FINGERPRINT="$5"
  printf '%s\n' "$5" >"$CONSOLE/offered-fingerprint"
}

start_console() {
  say "Starting the console"
  aot_flag=
  [ -f "$APP/croft.aot" ] && aot_flag=-XX:AOTCache=$APP/croft.aot
  # Its own session: neither Ctrl-C nor the end of the terminal reaches it but through `down`.
  # shellcheck disable=SC2086 # lists of flags; the cache's path is one word of the JVM's own
  CROFT_PORT=$port MALLOC_ARENA_MAX=2 setsid env -C "$APP" "$JAVA_HOME/bin/java" $JVM_FLAGS ${CROFT_JAVA_OPTIONS:-} \
    ${aot_flag:+"$aot_flag"} "-Dcroft.data=$CONSOLE" -jar croft.jar </dev/null >>"$CONSOLE/console.log" 2>&1 9>&- &
  running_pid=$! running_port=$port
  printf '%s %s %s\n' "$running_pid" "$(process_start "$running_pid")" "$port" >"$PID_FILE.new"
  mv "$PID_FILE.new" "$PID_FILE"
  wait_until_ready
}

wait_until_ready() {
  waited_from=$(date +%s)
  until console_answers; do
    if ! console_runs; then
      tail -n 40 "$CONSOLE/console.log" >&2
      stop_all
      fail "The console did not start." "Its process ended; the last lines of its log are above." \
        "Read $CONSOLE/console.log, repair what it names, and run the same command again."
    fi
    if [ $(($(date +%s) - waited_from)) -ge "$READY_WITHIN" ]; then
      stop_all
      fail "The console did not start." "It did not answer within $READY_WITHIN seconds." "Read $CONSOLE/console.log."
    fi
    sleep 0.2
  done
}

console_answers() { curl -fs --noproxy '*' -o "$CONSOLE/status.json" --max-time 5 "http://127.0.0.1:$running_port/api/v1/status"; }

print_ready() {
  [ -s "$CONSOLE/offered-fingerprint" ] && printf 'The box shows the key %s\n' "$(cat "$CONSOLE/offered-fingerprint")"
  if [ -s "$CONSOLE/claim" ]; then
    printf 'Croft is ready: http://127.0.0.1:%s/setup#%s\n' "$running_port" "$(cat "$CONSOLE/claim")"
  else
    printf 'Croft is ready: http://127.0.0.1:%s/\n' "$running_port"
  fi
}

# In the foreground: until Ctrl-C, or until the console ends in another way (./croft down elsewhere, a crash).
stay_until_stopped() {
  trap 'printf "\n" >&2; say "Stopping."; lock_data; stop_all; exit 0' INT TERM HUP
  say "Ctrl-C stops it."
  while console_runs; do sleep 1; done
  say "The console has ended."
}

command_down() {
  data=${CROFT_DATA:-./.croft}
  while [ $# -gt 0 ]; do
    case $1 in
      --data) [ $# -ge 2 ] || usage_error "--data needs a directory."; data=$2; shift 2 ;;
      --data=*) data=${1#*=}; shift ;;
      *) usage_error "'$1' is not an option of 'down'." ;;
    esac
  done
  locate_data "$data"
  [ -d "$CONSOLE" ] || { say "Nothing was started in $DATA."; return 0; }
  lock_data
  stop_all
  say "Everything that was started in $DATA is stopped."
}

# command_own WORD [FILE] [--data DIR]: what the console does with its own data while it does not serve (see OfflineCommands.java).
command_own() {
  word=$1 data=${CROFT_DATA:-./.croft} own_file=
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --data) [ $# -ge 2 ] || usage_error "--data needs a directory."; data=$2; shift 2 ;;
      --data=*) data=${1#*=}; shift ;;
      -*) usage_error "'$1' is not an option of '$word'." ;;
      *) [ -z "$own_file" ] || usage_error "'$word' takes one file."; own_file=$1; shift ;;
    esac
  done
  if [ "$word" = verify-audit ]; then
    [ -z "$own_file" ] || usage_error "'$word' takes no file."
  else
    [ -n "$own_file" ] || usage_error "'$word' needs a file: ./croft $word FILE [--data DIR]"
    own_file=$(absolute "$own_file")
  fi
  locate_data "$data"
  case $word in
    backup | export-db)
      [ -d "$CONSOLE" ] || fail "Nothing was written." "There is no console in $DATA." "Name its data directory: ./croft $word $own_file --data DIR" ;;
    verify-audit)
      [ -d "$CONSOLE" ] || fail "Nothing was verified." "There is no console in $DATA." "Name its data directory: ./croft $word --data DIR" ;;
    *) (umask 077 && mkdir -p "$CONSOLE") ;;
  esac
  lock_data
  # A server of databases can be asked beside the console; the embedded one's file belongs to one process.
  if console_runs && { [ -z "${SPRING_DATASOURCE_URL:-}" ] || [ "$word" = restore ] || [ "$word" = import-db ]; }; then
    fail "Nothing was done." "The console is running, and its data belong to it alone." \
      "Stop it, do this, and start it again: ./croft down --data $DATA. What boxes do goes on meanwhile."
  fi
  build_console
  own_result=0
  env -C "$APP" "$JAVA_HOME/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED \
    "-Dcroft.data=$CONSOLE" -Dlogging.level.root=error -jar croft.jar "$word" ${own_file:+"$own_file"} 9>&- || own_result=$?
  unlock_data
  return "$own_result"
}

# The console, then the sandbox host when `up` started it.
stop_all() {
  stop_console
  if [ -e "$CONSOLE/sandbox-is-ours" ]; then
    "$CROFT_HOME/croft" sandbox stop --data "$DATA" 9>&- </dev/null ||
      fail "The sandbox host did not stop." "Its words are above." "Try: ./croft sandbox destroy --data $DATA"
    rm -f "$CONSOLE/sandbox-is-ours"
  fi
}

stop_console() {
  if console_runs; then
    say "Stopping the console"
    kill "$running_pid" 2>/dev/null || :
    patience=75
    while console_runs && [ "$patience" -gt 0 ]; do
      sleep 0.2
      patience=$((patience - 1))
    done
    if console_runs; then kill -KILL "$running_pid" 2>/dev/null || :; fi
  fi
  rm -f "$PID_FILE" "$CONSOLE/status.json" "$CONSOLE/offered-fingerprint"
}
