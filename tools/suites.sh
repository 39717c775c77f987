# shellcheck shell=sh
# test and bench: every suite is run through tools/results.py, which counts and, at the end, sums.

FIRST_SUITES='shell tools helper frontend format compile'
QUICK_SUITES="$FIRST_SUITES java stores"
MORE_SUITES='journeys compose filesystems sandbox nixpkgs nix'
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
    need_helper
    run_suites "$@"
  elif [ $# -eq 0 ]; then
    set -- $ALL_SUITES
    run_all
  else
    case " $* " in *' journeys '* | *' drills '*) need_journeys ;; esac
    case " $* " in *' compose '*) need_compose ;; esac
    case " $* " in *' filesystems '*) need_file_systems ;; esac
    case " $* " in *' helper '*) need_helper ;; esac
    run_suites "$@"
  fi
  python3 tools/results.py sum "$@"
}

need_journeys() {
  need_programs chromium:chromium /usr/sbin/sshd:openssh-server
  build_console
}

# Where Docker's daemon cannot run there is nothing to prepare: the suite says so.
need_compose() {
  if tools/compose/run --not-at-hand >/dev/null; then return; fi
  need_journeys
  # Beside them, there is no network.
  must_step "Fetching what the journeys in Docker need" "$CACHE/log/compose.log" mvn -B -ntp -Dstyle.color=never -q -Dvaadin.skip \
    dependency:unpack@keycloak test-compile failsafe:integration-test -Dit.test=NoneIT -Dfailsafe.failIfNoSpecifiedTests=false
  command_build target/compose/console
}

# What its tests try for real; by themselves they skip what a machine lacks (CROFT_TEST_WHOLE).
need_helper() {
  need_programs pg_ctlcluster:postgresql unshare:util-linux cc:gcc
}

need_file_systems() {
  need_programs mkfs.btrfs:btrfs-progs mkfs.xfs:xfsprogs
}

# Boxes, their builds and Docker's images: a full disk fails in places that do not look like one.
WHOLE_RUN_GB=20
tell_room() {
  room=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1048576))
  [ "$room" -ge "$WHOLE_RUN_GB" ] || say "Only $room GB are free in $PWD: all suites together need up to $WHOLE_RUN_GB. $CACHE can be removed; it is made again."
}

# Two lanes, because the machine idles while a box boots or a page waits. The words of the one beside come when it has ended.
run_all() {
  tell_room
  need_helper
  need_file_systems
  need_journeys
  need_compose
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
  run_suites java stores $MORE_SUITES
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
suite_helper() { CROFT_TEST_WHOLE=yes suite helper -- python3 -m unittest discover -s host-setup/helper/tests; }

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
# What goes through a store, once more on PostgreSQL; the class that looks at all of them comes last.
suite_stores() {
  # shellcheck disable=SC2016 # the name of a class within another
  junit stores target/surefire-reports -- mvn -B -ntp -Dstyle.color=never -Dvaadin.skip test-compile surefire:test -Dgroups=stores \
    -Dcroft.test.database=postgresql '-Djunit.jupiter.testclass.order.default=org.junit.jupiter.api.ClassOrderer$OrderAnnotation'
}

suite_filesystems() { suite filesystems -- python3 -m unittest discover -s host-setup/helper/tests/filesystems; }
suite_sandbox() { suite sandbox -- python3 -m unittest discover -s host-setup/sandbox/tests; }
suite_nixpkgs() { suite nixpkgs -- host-setup/sandbox/nixpkgs/tests/run; }
suite_nix() { suite nix -- tools/in-box nix/tests/run; }
suite_apps() { suite apps -- python3 -m unittest discover -s nix/tests/box; }

suite_journeys() { integration journeys '*IT,!dev/croft/drills/*,!*ComposedIT'; }

# Those that are tagged for it. The wizard first: it claims the console, and what comes after it signs in there.
suite_compose() {
  if reason=$(tools/compose/run --not-at-hand); then
    python3 tools/results.py absent compose "$reason"
    return
  fi
  junit compose target/failsafe-reports -- tools/compose/run target/compose/console mvn -B -ntp -o -Dstyle.color=never -Dvaadin.skip \
    failsafe:integration-test failsafe:verify -Dfailsafe.runOrder=reversealphabetical -Dgroups=compose '-Dit.test=dev/croft/journeys/*IT'
}
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
