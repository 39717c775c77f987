# shellcheck shell=sh
# Builds the console once for each state of its sources. The build runs on a copy in the cache, so that the checkout stays
# clean, a second checkout finds the first one's result, and a running test never sees its classes change.

# What the console is built from.
BUILD_INPUTS="pom.xml .mvn src/main nix/lib/settings"

# What the result depends on: the sources, and the JDK whose start-up cache lies beside it.
inputs_hash() {
  (
    cd "$CROFT_HOME" || exit 1
    # shellcheck disable=SC2086 # a list
    find $BUILD_INPUTS -type f ! -path 'src/main/frontend/generated/*' ! -path 'src/main/bundles/*' -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
    cat "$JAVA_HOME/release"
  ) | sha256sum | cut -c1-16
}

# Leaves the extracted console in APP: croft.jar, lib/ and the start-up cache.
build_console() {
  need_jdk
  APP=$CACHE/console/$(inputs_hash)
  [ -f "$APP/complete" ] && { touch "$APP/complete"; return 0; }
  # shellcheck disable=SC2086 # a list
  need_programs $BUILD_PROGRAMS
  mkdir -p "$CACHE/build" "$CACHE/console"
  exec 8>"$CACHE/build.lock"
  flock -n 8 || { say "Waiting for another build to finish …"; flock 8; }
  [ -f "$APP/complete" ] || { prepare_node; build_console_alone; }
  exec 8>&-
}

build_console_alone() {
  build_log=$CACHE/log/build.log
  for build_input in $BUILD_INPUTS; do
    rm -rf "$CACHE/build/${build_input:?}"
    mkdir -p "$CACHE/build/$(dirname "$build_input")"
    cp -Rp "$CROFT_HOME/$build_input" "$CACHE/build/$build_input"
  done
  must_step "Building the console" "$build_log" exec_maven "$CACHE/build" -Dmaven.test.skip=true package
  build_new=$APP.$$
  rm -rf "$build_new" "$APP"
  must_step "Unpacking it" "$build_log" "$JAVA_HOME/bin/java" -Djarmode=tools \
    -jar "$CACHE/build/target/croft.jar" extract --destination "$build_new"
  mv "$build_new" "$APP"
  record_startup
  : >"$APP/complete"
  forget_old_builds
}

# Lets the console start once and keeps what the JVM learnt (JEP 483, 514): later starts skip most of class loading.
# Worth having, never needed: without it the console starts a few seconds later.
record_startup() {
  record_dir=$APP/record
  mkdir -p "$record_dir"
  # shellcheck disable=SC2086 # a list of flags
  step "Recording its start" "$CACHE/log/record.log" env -C "$APP" CROFT_PORT=0 "$JAVA_HOME/bin/java" \
    $JVM_FLAGS "-XX:AOTCacheOutput=$APP/croft.aot" "-Dcroft.data=$record_dir" -Dspring.context.exit=onRefresh -jar croft.jar ||
    { say "It could not be recorded (see $CACHE/log/record.log); the console will start a little slower."; rm -f "$APP/croft.aot"; }
  rm -rf "$record_dir"
}

# Keeps the five builds that were used last.
forget_old_builds() {
  # shellcheck disable=SC2012 # names made above: hexadecimal digits
  ls -1td "$CACHE"/console/*/complete 2>/dev/null | tail -n +6 | while read -r old; do rm -rf "${old%/complete}"; done
}

# exec_maven DIR ARGUMENTS…: becomes Maven, so call it as a step or within parentheses.
exec_maven() {
  maven_directory=$1
  shift
  if node_is_there; then set -- "-Dvaadin.node.folder=$(node_directory)" "$@"; fi
  exec env -C "$maven_directory" mvn -B -ntp -Dstyle.color=never "$@"
}
