# shellcheck shell=bash
# What the sandbox tells the person in front of it: progress on stderr, so that stdout stays for answers.

STARTED_AT=$EPOCHREALTIME

elapsed() { awk -v from="$STARTED_AT" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'; }

say() { printf 'sandbox %6s s  %s\n' "$(elapsed)" "$*" >&2; }

# fail WHAT WHY NEXT: every error says what happened, why, and what to do next.
fail() {
  {
    printf 'sandbox: %s\n' "$1"
    printf '  Why:  %s\n' "$2"
    printf '  Next: %s\n' "$3"
  } >&2
  exit 1
}

usage_error() {
  printf 'sandbox: %s\n' "$1" >&2
  usage >&2
  exit 2
}
