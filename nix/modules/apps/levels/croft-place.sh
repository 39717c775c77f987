# shellcheck shell=bash
# shellcheck disable=SC2154 # what it needs is said below
# What croft-container, croft-podman and croft-microvm have in common; they `source` it. Each has, before it calls these: settings, user,
# home, uid, gid, given (the PATH that it was given) and a function bind FROM [TO], by which the app sees a file of the box's.

# The name server that pasta is: one of the box's own loopback cannot be asked from in there.
asked=169.254.1.1

# make_root DIRECTORY: an empty root in which there is nobody but the app.
make_root() {
  mkdir -p "$1"/{bin,dev,etc,nix/store,proc,run,sys,tmp,usr/bin,"var/lib",var/tmp}
  ln -s @bash@ "$1/bin/sh"
  ln -s @env@ "$1/usr/bin/env"
  ln -s /run "$1/var/run"
  put_names "$1/etc"
  name_servers >"$1/etc/resolv.conf"
}

# put_names DIRECTORY: who there is, and where names are looked up.
put_names() {
  printf '%s\n' "$user:x:$uid:$gid::$home:/bin/sh" nobody:x:65534:65534::/:/bin/false >"$1/passwd"
  printf '%s\n' "$user:x:$gid:" nogroup:x:65534: >"$1/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$1/nsswitch.conf"
}

name_servers() {
  sed '/^[[:space:]]*nameserver/d' /etc/resolv.conf 2>/dev/null || true
  grep -E '^[[:space:]]*nameserver' /etc/resolv.conf 2>/dev/null | grep -vE '[[:space:]](127\.|::1)' || echo "nameserver $asked"
}

# The app's closure; and of the box's, so that names, times and who is trusted are the same inside.
bind_files() {
  local path file
  while read -r path; do bind "$path"; done <"$settings/store-paths"
  case ${TZDIR-} in /nix/store/*) bind "$TZDIR" ;; esac
  case ${LOCALE_ARCHIVE-} in /nix/store/*) bind "$LOCALE_ARCHIVE" ;; esac
  for file in /etc/{hosts,protocols,services,localtime,zoneinfo} /etc/ssl/certs/{ca-certificates.crt,ca-bundle.crt}; do
    if [ -e "$file" ]; then bind "$(readlink -f "$file")" "$file"; fi
  done
}

# Prints the app's variables, NUL after each, and not what is for this side alone; its arguments are env's.
tell_variables() {
  env -0 -u MEMORY_PRESSURE_WATCH -u MEMORY_PRESSURE_WRITE -u NOTIFY_SOCKET -u SHLVL -u OLDPWD -u PWD -u _ -u PATH "$@"
  printf '%s\0' "PATH=$given" "HOME=$home" "USER=$user" "LOGNAME=$user" SHELL=/bin/sh
  cat "$settings/variables"
}
