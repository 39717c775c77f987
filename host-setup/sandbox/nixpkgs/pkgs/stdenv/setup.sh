# shellcheck shell=bash
# Attributes of a derivation arrive as variables (SC2154), are words separated by blanks (SC2086), and hold code (SC1090).
# Functions name variables they use by reference (SC2034).
# shellcheck disable=SC2154,SC2086,SC1090,SC1091,SC2034
# The build environment of the stand-in's stdenv: the phases and helper functions that nixpkgs documents.
set -eu
set -o pipefail
shopt -s nullglob

: "${outputs:=out}"

# -- talking to Nix ----------------------------------------------------------------------------------------------------

# Nix shows these lines as the phase of the build.
showPhase() {
  printf '@nix { "action": "setPhase", "phase": "%s" }\n' "$1" >&"${NIX_LOG_FD:-2}"
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# -- variables that are lists ------------------------------------------------------------------------------------------

# A list attribute arrives as words; a flag that may contain blanks comes in a bash array NAMEArray set by a hook.
concatTo() {
  local -n target=$1
  shift
  local name
  for name in "$@"; do
    if declare -p "${name%Array}Array" 2>/dev/null | grep -q '^declare -a'; then
      local -n array="${name%Array}Array"
      target+=("${array[@]}")
    fi
    local words=()
    read -r -d '' -a words <<<"${!name-}" || true
    target+=("${words[@]}")
  done
}

# -- hooks -------------------------------------------------------------------------------------------------------------

# runHook preBuild: the variable of that name is code from the package, the array preBuildHooks is filled by setup hooks.
runHook() {
  local name=$1 hook
  shift
  local -n hooks="${name%Hook}Hooks"
  for hook in "${hooks[@]-}"; do
    [ -z "$hook" ] || _evalHook "$hook" "$@"
  done
  if declare -F "$name" >/dev/null; then
    "$name" "$@"
  elif [ -n "${!name-}" ]; then
    _evalHook "${!name}" "$@"
  fi
}

_evalHook() {
  local hook=$1
  shift
  if declare -F "$hook" >/dev/null; then "$hook" "$@"; else eval "$hook"; fi
}

addToSearchPath() {
  local -n path=$1
  [ ! -d "$2" ] || path="${path:+$path:}$2"
}
prependToVar() {
  local name=$1
  shift
  printf -v "$name" '%s %s' "$*" "${!name-}"
}
appendToVar() {
  local name=$1
  shift
  printf -v "$name" '%s %s' "${!name-}" "$*"
}

# -- helpers packages call ---------------------------------------------------------------------------------------------

# substitute IN OUT --replace-fail OLD NEW … | --subst-var NAME | --subst-var-by NAME VALUE
substitute() {
  local input=$1 output=$2 content old new mode
  shift 2
  [ -f "$input" ] || die "substitute(): file '$input' does not exist"
  IFS= read -r -d '' content <"$input" || true
  while [ $# -gt 0 ]; do
    mode=$1
    case $mode in
      --replace | --replace-fail | --replace-warn | --replace-quiet)
        old=$2 new=$3
        shift 3
        if [[ $content != *"$old"* ]]; then
          case $mode in
            --replace-fail) die "substitute(): pattern $old doesn't match anything in file '$input'" ;;
            --replace-quiet) ;;
            *) printf "substitute(): WARNING: pattern %s doesn't match anything in file '%s'\n" "$old" "$input" >&2 ;;
          esac
        fi
        ;;
      --subst-var)
        old=@$2@ new=${!2}
        shift 2
        ;;
      --subst-var-by)
        old=@$2@ new=$3
        shift 3
        ;;
      *) die "substitute(): Invalid command line argument: $1" ;;
    esac
    content=${content//"$old"/"$new"}
  done
  printf '%s' "$content" >"$output"
}

substituteInPlace() {
  local files=() file
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do
    files+=("$1")
    shift
  done
  for file in "${files[@]}"; do
    substitute "$file" "$file.substituted" "$@"
    cat "$file.substituted" >"$file"
    rm "$file.substituted"
  done
}

# Points '#!/usr/bin/env node' and '#!/bin/sh' at programs of the store, so that a result names what it needs.
patchShebangs() {
  local file first interpreter program path
  while [ $# -gt 0 ] && [[ $1 == --* ]]; do shift; done
  while IFS= read -r -d '' file; do
    IFS= read -r first <"$file" 2>/dev/null || continue
    [[ $first == '#!'* ]] || continue
    first=${first#\#!}
    first=${first# }
    interpreter=${first%% *}
    case $interpreter in
      /nix/store/*) continue ;;
      */env)
        program=${first#* }
        program=${program#-S }
        program=${program%% *}
        path=$(type -P "$program") || continue
        printf '#!%s%s\n' "$path" "${first#*"$program"}" >"$file.shebang"
        ;;
      *)
        path=$(type -P "${interpreter##*/}") || continue
        printf '#!%s%s\n' "$path" "${first#"$interpreter"}" >"$file.shebang"
        ;;
    esac
    tail -n +2 "$file" >>"$file.shebang"
    cat "$file.shebang" >"$file"
    rm "$file.shebang"
  done < <(find "$@" -type f -perm -0100 -print0)
}

# installBin, installManPage and friends are thin on purpose: they are what small packages use.
installBin() {
  mkdir -p "${bin:-$out}/bin"
  install -m 755 -t "${bin:-$out}/bin" "$@"
}
installManPage() {
  local page
  for page in "$@"; do
    install -D -m 644 "$page" "${man:-$out}/share/man/man${page##*.}/${page##*/}"
  done
}
stripHash() {
  local name=${1##*/}
  if [[ $name =~ ^[a-z0-9]{32}- ]]; then name=${name:33}; fi
  printf '%s' "$name"
}

# -- the phases --------------------------------------------------------------------------------------------------------

unpackFile() {
  local archive=$1 name
  name=$(stripHash "$archive")
  printf 'unpacking source archive %s\n' "$archive"
  if [ -d "$archive" ]; then
    cp -r --preserve=timestamps "$archive" "$name"
    chmod -R u+w "$name"
    return
  fi
  case $archive in
    *.tar | *.tar.* | *.tgz | *.tbz2 | *.txz) tar -xf "$archive" --warning=no-timestamp ;;
    *.zip | *.jar) unzip -qq "$archive" ;;
    *) die "unpackPhase: do not know how to unpack $archive; set dontUnpack = true or write your own unpackPhase" ;;
  esac
}

unpackPhase() {
  runHook preUnpack
  local sources=() source before=() entry
  if [ -n "${srcs-}" ]; then concatTo sources srcs; elif [ -n "${src-}" ]; then sources=("$src"); else
    die 'variable src or srcs should point to the source'
  fi
  before=(*)
  for source in "${sources[@]}"; do unpackFile "$source"; done
  if [ -z "${sourceRoot-}" ]; then
    for entry in *; do
      if [ ! -d "$entry" ] || [[ " ${before[*]-} " == *" $entry "* ]]; then continue; fi
      [ -z "${sourceRoot-}" ] || die 'unpacker produced multiple directories; set sourceRoot'
      sourceRoot=$entry
    done
  fi
  [ -n "${sourceRoot-}" ] || die 'unpacker appears to have produced no directories'
  printf 'source root is %s\n' "$sourceRoot"
  [ "${dontMakeSourcesWritable-}" = 1 ] || chmod -R u+w -- "$sourceRoot"
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local all=() one
  concatTo all patches
  for one in "${all[@]}"; do
    printf 'applying patch %s\n' "$one"
    patch ${patchFlags:--p1} <"$one"
  done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  : "${configureScript=}"
  [ -n "$configureScript" ] || [ ! -x ./configure ] || configureScript=./configure
  if [ -n "$configureScript" ]; then
    local flags=()
    [ -n "${dontAddPrefix-}" ] || flags+=("${prefixKey:---prefix=}${prefix:-$out}")
    concatTo flags configureFlags
    printf 'configure flags: %s\n' "${flags[*]}"
    # a script may come with arguments of its own, as in `configureScript = "python3 configure.py"`
    $configureScript "${flags[@]}"
  else
    echo 'no configure script, doing nothing'
  fi
  runHook postConfigure
}

_hasMakefile() { [ -n "${makefile-}" ] || [ -e Makefile ] || [ -e makefile ] || [ -e GNUmakefile ]; }
_make() {
  local flags=("SHELL=/bin/sh")
  [ -z "${makefile-}" ] || flags+=(-f "$makefile")
  [ -z "${enableParallelBuilding-}" ] || flags+=("-j${NIX_BUILD_CORES:-1}")
  concatTo flags makeFlags "$@"
  printf 'make flags: %s\n' "${flags[*]}"
  make "${flags[@]}"
}

buildPhase() {
  runHook preBuild
  if _hasMakefile; then _make buildFlags; else echo 'no Makefile or custom buildPhase, doing nothing'; fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  if ! _hasMakefile; then
    echo 'no Makefile or custom checkPhase, doing nothing'
  else
    if [ -z "${checkTarget-}" ]; then
      local target
      for target in test check; do
        ! make -n "$target" >/dev/null 2>&1 || checkTarget=$target
      done
    fi
    if [ -n "${checkTarget-}" ]; then _make checkFlags checkTarget; else echo 'no check/test target, doing nothing'; fi
  fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if _hasMakefile; then
    : "${installTargets:=install}"
    : "${prefix:=$out}"
    local installDefaults="PREFIX=$prefix prefix=$prefix"
    _make installDefaults installFlags installTargets
  else
    echo 'no Makefile or custom installPhase, doing nothing'
  fi
  runHook postInstall
}

fixupPhase() {
  local output path
  for output in $outputs; do
    [ ! -e "${!output}" ] || chmod -R u+w "${!output}"
  done
  runHook preFixup
  for output in $outputs; do
    path=${!output}
    [ -d "$path" ] || continue
    prefix=$path runHook fixupOutput
    [ "${dontPatchShebangs-}" = 1 ] || patchShebangs "$path"
    if [ -z "${dontStrip-}" ]; then
      find "$path" -type f \( -perm -0100 -o -name '*.so*' \) -print0 |
        while IFS= read -r -d '' file; do
          # only ELF files: the first four bytes are 7f 45 4c 46
          [ "$(head -c 4 "$file" | od -An -tx1 | tr -d ' ')" != 7f454c46 ] || strip -S "$file" 2>/dev/null || true
        done
    fi
  done
  if [ -n "${propagatedBuildInputs-}" ]; then
    mkdir -p "${!outputs%% *}/nix-support" 2>/dev/null || true
  fi
  if [ -n "${setupHook-}" ]; then
    mkdir -p "${dev:-$out}/nix-support"
    substitute "$setupHook" "${dev:-$out}/nix-support/setup-hook"
  fi
  runHook postFixup
}

installCheckPhase() {
  runHook preInstallCheck
  if _hasMakefile && make -n installcheck >/dev/null 2>&1; then _make installCheckFlags; fi
  runHook postInstallCheck
}

distPhase() {
  runHook preDist
  runHook postDist
}

runPhase() {
  local phase=$1
  case $phase in
    unpackPhase) [ -z "${dontUnpack-}" ] || return 0 ;;
    patchPhase) [ -z "${dontPatch-}" ] || return 0 ;;
    configurePhase) [ -z "${dontConfigure-}" ] || return 0 ;;
    buildPhase) [ -z "${dontBuild-}" ] || return 0 ;;
    checkPhase) [ -n "${doCheck-}" ] || return 0 ;;
    installPhase) [ -z "${dontInstall-}" ] || return 0 ;;
    fixupPhase) [ -z "${dontFixup-}" ] || return 0 ;;
    installCheckPhase) [ -n "${doInstallCheck-}" ] || return 0 ;;
    distPhase) [ -n "${doDist-}" ] || return 0 ;;
  esac
  showPhase "$phase"
  # an attribute of the phase's name replaces the function
  if [ -n "${!phase-}" ]; then eval "${!phase}"; else "$phase"; fi
  if [ "$phase" = unpackPhase ]; then cd -- "${sourceRoot:-.}"; fi
}

genericBuild() {
  if [ -n "${buildCommandPath-}" ]; then
    source "$buildCommandPath"
    return
  fi
  if [ -n "${buildCommand-}" ]; then
    eval "$buildCommand"
    return
  fi
  local phase
  for phase in ${prePhases-} ${phases:-unpackPhase patchPhase ${preConfigurePhases-} configurePhase ${preBuildPhases-} buildPhase checkPhase ${preInstallPhases-} installPhase ${preFixupPhases-} fixupPhase installCheckPhase ${preDistPhases-} distPhase ${postPhases-}}; do
    runPhase "$phase"
  done
}

# -- the environment ---------------------------------------------------------------------------------------------------

export PATH=
for _input in $nativeBuildInputs $buildInputs $initialPath; do
  addToSearchPath PATH "$_input/bin"
done
for _input in $buildInputs; do
  addToSearchPath CPATH "$_input/include"
  addToSearchPath LIBRARY_PATH "$_input/lib"
  addToSearchPath PKG_CONFIG_PATH "$_input/lib/pkgconfig"
done
export PATH CPATH="${CPATH-}" LIBRARY_PATH="${LIBRARY_PATH-}" PKG_CONFIG_PATH="${PKG_CONFIG_PATH-}"

# Reproducible by default: no home directory, one date for everything, no locale.
export HOME=/homeless-shelter SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-315532800}" LC_ALL=C.UTF-8 TZ=UTC
export NIX_BUILD_TOP TMPDIR TEMPDIR TMP TEMP
export CC=gcc CXX=g++ AR=ar AS=as LD=ld NM=nm RANLIB=ranlib STRIP=strip
export SHELL=/usr/bin/bash CONFIG_SHELL=/usr/bin/bash

for _input in $nativeBuildInputs $buildInputs; do
  if [ -f "$_input/nix-support/setup-hook" ]; then
    source "$_input/nix-support/setup-hook"
  fi
done
unset _input

# Package code may use unset variables; only this file promised not to.
set +u
