# shellcheck shell=sh
# test and bench: every suite is run through tools/results.py, which counts and, at the end, sums.

FIRST_SUITES='shell tools helper frontend format compile'
QUICK_SUITES="$FIRST_SUITES java"
MORE_SUITES='journeys filesystems sandbox nixpkgs nix'
# Boxes that mostly wait, and as long as all of the rest: it runs beside them.
BESIDE_SUITES='apps'
# They count seconds, so they run alone.
LAST_SUITES='drills'
ALL_SUITES="$QUICK_SUITES $MORE_SUITES $BESIDE_SUITES $LAST_SUITES"

command_test() {
  quick=no beside=no
  while [ $# -gt 0 ]; do
    case $1 in
      --quick) quick=yes; shift ;;
      # a part of a run that has begun: its counts are summed there
      --beside) beside=yes; shift ;;
      -*) usage_error "'$1' is not an option of 'test'." ;;
      *) break ;;
    esac
  done
  for suite in "$@"; do
    case " $ALL_SUITES " in
      *" $suite "*) ;;
      *) usage_error "'$suite' is not a suite. There are: $ALL_SUITES." ;;
    esac
  done
  cd "$CROFT_HOME" || exit 1
  export PYTHONDONTWRITEBYTECODE=1
  if [ "$beside" = yes ]; then run_suites "$@"; return; fi
  need_jdk
  # shellcheck disable=SC2086 # lists
  need_programs $BUILD_PROGRAMS $RUN_PROGRAMS git:git python3:python3 shellcheck:shellcheck
  rm -rf target/results
  CROFT_TEST_STARTED=$(date +%s)
  export CROFT_TEST_STARTED
  # shellcheck disable=SC2086 # lists of names
  if [ $# -eq 0 ] && [ "$quick" = yes ]; then
    set -- $QUICK_SUITES
    run_suites "$@"
  elif [ $# -eq 0 ]; then
    set -- $ALL_SUITES
    run_all
  else
    case " $* " in *' journeys '* | *' drills '*) need_journeys ;; esac
    case " $* " in *' filesystems '*) need_file_systems ;; esac
    run_suites "$@"
  fi
  python3 tools/results.py sum "$@"
}

need_journeys() {
  need_programs chromium:chromium /usr/sbin/sshd:openssh-server
  build_console
}

need_file_systems() {
  need_programs mkfs.btrfs:btrfs-progs mkfs.xfs:xfsprogs
}

# Two lanes, because the machine idles while a box boots or a page waits. The words of the one beside come when it has ended.
run_all() {
  need_file_systems
  need_journeys
  # shellcheck disable=SC2086 # a list of names
  run_suites $FIRST_SUITES
  say "Beside the next ones: $BESIDE_SUITES"
  mkdir -p target/results
  # A process group of its own, so that an end of this run ends it whole.
  # shellcheck disable=SC2086 # a list of names
  setsid "$CROFT_HOME/croft" test --beside $BESIDE_SUITES >target/results/beside.out 2>&1 &
  lane=$!
  trap 'kill -- "-$lane" 2>/dev/null || :; exit 130' INT TERM HUP
  # shellcheck disable=SC2086 # a list of names
  run_suites java $MORE_SUITES
  wait "$lane" || :
  trap - INT TERM HUP
  cat target/results/beside.out
  # shellcheck disable=SC2086 # a list of names
  run_suites $LAST_SUITES
}

run_suites() {
  for suite in "$@"; do
    say "Suite $suite"
    # A failing suite does not keep the others from running; the sum remembers it.
    "suite_$suite" || :
  done
}

suite() { python3 tools/results.py suite "$@"; }
check() { python3 tools/results.py check "$@"; }
junit() { python3 tools/results.py junit "$@"; }

suite_shell() { suite shell -- tools/shellcheck-all; }
suite_tools() { suite tools -- python3 -m unittest discover -s tools/tests; }
suite_helper() { suite helper -- python3 -m unittest discover -s host-setup/helper/tests; }

suite_frontend() {
  prepare_node
  # Where npm could not bring the front end's own Node, the machine's has to do.
  if node_is_there; then node=$(node_directory)/node; else node=node; fi
  check frontend -- "$node" --test 'src/test/frontend/*.test.ts'
}

suite_format() { check format -- mvn -B -ntp -Dstyle.color=never -q spotless:check; }
# The front end is built apart (build_console); the classes alone are wanted here.
suite_compile() { check compile -- mvn -B -ntp -Dstyle.color=never -q -Dvaadin.skip test-compile; }
suite_java() { junit java target/surefire-reports -- mvn -B -ntp -Dstyle.color=never -Dvaadin.skip test-compile surefire:test; }

suite_filesystems() { suite filesystems -- python3 -m unittest discover -s host-setup/helper/tests/filesystems; }
suite_sandbox() { suite sandbox -- python3 -m unittest discover -s host-setup/sandbox/tests; }
suite_nixpkgs() { suite nixpkgs -- host-setup/sandbox/nixpkgs/tests/run; }
suite_nix() { suite nix -- tools/in-box nix/tests/run; }
suite_apps() { suite apps -- python3 -m unittest discover -s nix/tests/box; }

suite_journeys() { integration journeys '*IT,!dev/croft/drills/*'; }
suite_drills() { integration drills 'dev/croft/drills/*IT'; }

# integration NAME CLASSES
integration() {
  junit "$1" target/failsafe-reports -- mvn -B -ntp -Dstyle.color=never -Dvaadin.skip \
    test-compile failsafe:integration-test failsafe:verify "-Dit.test=$2"
}

command_bench() {
  # shellcheck disable=SC2086 # a list
  need_programs $RUN_PROGRAMS git:git python3:python3
  exec python3 "$CROFT_HOME/tools/bench.py" "$@"
}
