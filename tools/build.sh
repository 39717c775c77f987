# shellcheck shell=sh
# Builds the console once for each state of its sources. The build runs on a copy in the cache, so that the checkout stays
# clean, a second checkout finds the first one's result, and a running test never sees its classes change.

# What the console is built from: its own sources, and what it hands to boxes.
BUILD_INPUTS="pom.xml .mvn src/main nix host-setup/host host-setup/helper host-setup/enrol"

# What the result depends on: the sources, and the JDK whose start-up cache lies beside it.
inputs_hash() {
  (
    cd "$CROFT_HOME" || exit 1
    # shellcheck disable=SC2086 # a list
    find $BUILD_INPUTS -type f ! -path 'src/main/frontend/generated/*' ! -path 'src/main/bundles/*' ! -path '*/tests/*' \
      ! -path '*/__pycache__/*' -print0 |
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

# What the console uses of Java, with words and dates in its languages; `./croft build` makes a runtime of it.
JAVA_MODULES=java.se,jdk.charsets,jdk.crypto.ec,jdk.jfr,jdk.localedata,jdk.management,jdk.naming.dns,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs

# command_build DIR: the console with a Java of its own, as the image has it: java/, lib/, croft.jar, and java.options to start it with.
command_build() {
  [ $# -eq 1 ] || usage_error "'build' takes one directory."
  build_target=$(absolute "$1")
  [ ! -e "$build_target" ] || [ -f "$build_target/java.options" ] || [ -z "$(ls -A "$build_target")" ] ||
    fail "Nothing was built." "$build_target is there, and is none that this command made." "Name another directory, or empty this one."
  build_console
  build_runtime
  rm -rf "$build_target"
  mkdir -p "$build_target"
  cp -Rp "$RUNTIME" "$build_target/java"
  cp -Rp "$APP/lib" "$APP/croft.jar" "$build_target"
  # shellcheck disable=SC2086 # a list
  printf '%s\n' $JVM_FLAGS >"$build_target/java.options"
  say "The console is in $build_target."
}

# Leaves it in RUNTIME; it depends on nothing but the JDK and the list above.
build_runtime() {
  RUNTIME=$CACHE/runtime/$({ cat "$JAVA_HOME/release" && echo "$JAVA_MODULES"; } | sha256sum | cut -c1-16)
  [ ! -d "$RUNTIME" ] || return 0
  mkdir -p "$CACHE/runtime"
  runtime_new=$RUNTIME.$$
  must_step "Making its Java" "$CACHE/log/runtime.log" "$JAVA_HOME/bin/jlink" --add-modules "$JAVA_MODULES" --include-locales=en,de,fr \
    --no-header-files --no-man-pages --output "$runtime_new"
  # Debian's JDK keeps the authorities that everybody trusts outside of its modules.
  cp -L "$JAVA_HOME/lib/security/cacerts" "$runtime_new/lib/security/cacerts"
  # Whoever comes second finds the first one's and throws its own away.
  mv -T "$runtime_new" "$RUNTIME" 2>/dev/null || rm -rf "$runtime_new"
}

# exec_maven DIR ARGUMENTS…: becomes Maven, so call it as a step or within parentheses.
exec_maven() {
  maven_directory=$1
  shift
  if node_is_there; then set -- "-Dvaadin.node.folder=$(node_directory)" "$@"; fi
  exec env -C "$maven_directory" mvn -B -ntp -Dstyle.color=never "$@"
}
