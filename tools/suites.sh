# shellcheck shell=sh
# test and bench: every suite is run through tools/results.py, which counts and, at the end, sums.

command_test() {
  quick=no
  while [ $# -gt 0 ]; do
    case $1 in
      --quick) quick=yes; shift ;;
      *) usage_error "'$1' is not an option of 'test'." ;;
    esac
  done
  cd "$CROFT_HOME" || exit 1
  need_jdk
  # shellcheck disable=SC2086 # lists
  need_programs $BUILD_PROGRAMS $RUN_PROGRAMS git:git python3:python3 shellcheck:shellcheck
  export PYTHONDONTWRITEBYTECODE=1
  rm -rf target/results
  suites=
  if [ "$quick" = yes ]; then quick_suites; else all_suites; fi
  # shellcheck disable=SC2086 # a list of names
  python3 tools/results.py sum $suites
}

# run_suite HOW NAME ARGUMENTS…: a failing suite does not keep the others from running; the sum remembers it.
run_suite() {
  suites="$suites $2"
  say "Suite $2"
  python3 tools/results.py "$@" || :
}

quick_suites() {
  run_suite suite shell -- tools/shellcheck-all
  run_suite suite tools -- python3 -m unittest discover -s tools/tests
  run_suite suite helper -- python3 -m unittest discover -s host-setup/helper/tests
  prepare_node
  # Where npm could not bring the front end's own Node, the machine's has to do.
  if node_is_there; then node=$(node_directory)/node; else node=node; fi
  run_suite check frontend -- "$node" --test 'src/test/frontend/*.test.ts'
  # The front end is built apart (build_console); the classes alone are wanted here.
  run_suite check format -- mvn -B -ntp -Dstyle.color=never -q spotless:check
  run_suite check compile -- mvn -B -ntp -Dstyle.color=never -q -Dvaadin.skip test-compile
  run_suite junit java target/surefire-reports -- mvn -B -ntp -Dstyle.color=never -Dvaadin.skip surefire:test
}

all_suites() {
  need_programs chromium:chromium /usr/sbin/sshd:openssh-server mkfs.btrfs:btrfs-progs mkfs.xfs:xfsprogs
  build_console
  quick_suites
  run_suite suite sandbox -- python3 -m unittest discover -s host-setup/sandbox/tests
  run_suite suite nixpkgs -- host-setup/sandbox/nixpkgs/tests/run
  run_suite suite nix -- tools/in-box nix/tests/run
  run_suite suite apps -- python3 -m unittest discover -s nix/tests/box
  run_suite junit journeys target/failsafe-reports -- mvn -B -ntp -Dstyle.color=never -Dvaadin.skip failsafe:integration-test failsafe:verify \
    '-Dit.test=*IT,!FaultDrillsIT'
  run_suite junit drills target/failsafe-reports -- mvn -B -ntp -Dstyle.color=never -Dvaadin.skip failsafe:integration-test failsafe:verify \
    -Dit.test=FaultDrillsIT
}

command_bench() {
  # shellcheck disable=SC2086 # a list
  need_programs $RUN_PROGRAMS git:git python3:python3
  exec python3 "$CROFT_HOME/tools/bench.py" "$@"
}
