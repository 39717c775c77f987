# shellcheck shell=bash
# The expressions in single quotes are for the wrapper (SC2016).
# shellcheck disable=SC2016
# makeWrapper PROGRAM WRAPPER [--set N V] [--set-default N V] [--unset N] [--run CODE] [--prefix N SEP V] [--suffix N SEP V]
#   [--add-flags WORDS] [--append-flags WORDS] [--add-flag WORD] [--argv0 NAME] [--inherit-argv0] [--chdir DIR]
# wrapProgram PROGRAM … does it in place.

makeWrapper() {
  local program=$1 wrapper=$2 flags='' appended='' argv0='' name separator value
  shift 2
  mkdir -p "$(dirname "$wrapper")"
  {
    printf '#!%s -e\n' "$(type -P bash)"
    while [ $# -gt 0 ]; do
      case $1 in
        --set) printf 'export %s=%q\n' "$2" "$3" && shift 3 ;;
        --set-default) printf 'export %s=${%s-%q}\n' "$2" "$2" "$3" && shift 3 ;;
        --unset) printf 'unset %s\n' "$2" && shift 2 ;;
        --run) printf '%s\n' "$2" && shift 2 ;;
        --chdir) printf 'cd %q\n' "$2" && shift 2 ;;
        --prefix | --suffix | --prefix-each | --suffix-each)
          name=$2 separator=$3 value=$4
          if [[ $1 == --prefix* ]]; then
            printf 'export %s=%q${%s:+%q$%s}\n' "$name" "$value" "$name" "$separator" "$name"
          else
            printf 'export %s=${%s:+$%s%q}%q\n' "$name" "$name" "$name" "$separator" "$value"
          fi
          shift 4
          ;;
        --add-flags) flags+=" $2" && shift 2 ;;
        --add-flag) printf -v flags '%s %q' "$flags" "$2" && shift 2 ;;
        --append-flags) appended+=" $2" && shift 2 ;;
        --append-flag) printf -v appended '%s %q' "$appended" "$2" && shift 2 ;;
        --argv0) printf -v argv0 -- '-a %q ' "$2" && shift 2 ;;
        --inherit-argv0) argv0='-a "$0" ' && shift ;;
        --resolve-argv0) shift ;;
        *) die "makeWrapper doesn't understand the arg $1" ;;
      esac
    done
    printf 'exec %s%q%s "$@"%s\n' "$argv0" "$program" "$flags" "$appended"
  } >"$wrapper"
  chmod +x "$wrapper"
}
makeShellWrapper() { makeWrapper "$@"; }
makeBinaryWrapper() { makeWrapper "$@"; }

wrapProgram() {
  local program=$1 hidden
  shift
  hidden="$(dirname "$program")/.$(basename "$program")-wrapped"
  while [ -e "$hidden" ]; do hidden="${hidden}_"; done
  mv "$program" "$hidden"
  makeWrapper "$hidden" "$program" --inherit-argv0 "$@"
}
wrapProgramShell() { wrapProgram "$@"; }
wrapProgramBinary() { wrapProgram "$@"; }
