# shellcheck shell=sh
# What ./croft tells the person in front of it: progress on stderr, so that stdout stays for answers.

STARTED_AT=$(date +%s)

say() { printf 'croft %4d s  %s\n' "$(($(date +%s) - STARTED_AT))" "$*" >&2; }

# fail WHAT WHY NEXT: every error says what happened, why, and what to do next.
fail() {
  printf 'croft: %s\n  Why:  %s\n  Next: %s\n' "$1" "$2" "$3" >&2
  exit 1
}

usage_error() {
  printf 'croft: %s See: ./croft help\n' "$1" >&2
  exit 2
}

# step WORDS LOG PROGRAM…: runs the program with its words in LOG, says every ten seconds that it is still at it, and
# gives the program's exit code. The program is started directly, so that the signal below reaches it and not a shell.
step() {
  step_words=$1 step_log=$2
  shift 2
  mkdir -p "$(dirname "$step_log")"
  say "$step_words …"
  step_began=$(date +%s)
  "$@" </dev/null >"$step_log" 2>&1 &
  step_pid=$!
  trap 'kill "$step_pid" 2>/dev/null; exit 130' INT TERM HUP
  step_told=0
  while kill -0 "$step_pid" 2>/dev/null; do
    sleep 1
    step_took=$(($(date +%s) - step_began))
    if [ $((step_took - step_told)) -ge 10 ]; then
      step_told=$step_took
      say "$step_words … ($step_took s) $(last_words "$step_log")"
    fi
  done
  step_code=0
  wait "$step_pid" || step_code=$?
  trap - INT TERM HUP
  return "$step_code"
}

# The last line of a log, without colours and cut to a line's width.
last_words() { tail -n 1 "$1" 2>/dev/null | tr -d '\033' | sed 's/\[[0-9;]*m//g' | cut -c1-90; }

# step, and the end of everything when it fails.
must_step() {
  step "$@" && return 0
  tail -n 40 "$2" >&2
  fail "$1: failed." "The program ended with an error; its last words are above." "Read $2, repair it, and run the same command again."
}

# Makes a path absolute, whether or not it exists.
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s/%s\n' "$PWD" "$1" ;; esac; }
