# Debian's programs as packages: a store path whose bin/ links to /usr/bin. The build sandbox sees /usr read only (see
# `extra-sandbox-paths`), so a link is enough to build with, and a closure still says which programs a system uses.
{ lib, final }:
let
  # Versions of Debian 13 as the sandbox image has them. They are names, never checked at evaluation (which is pure);
  # tests/image.sh compares them with the image.
  versions = lib.importJSON ./debian-versions.json;

  debianPackage =
    pname:
    {
      # the Debian package that has the programs
      from ? pname,
      programs ? [ pname ],
      # program → other file it links to
      links ? { },
      # programs that may be absent
      optional ? [ ],
      # extra shell code; $out is there
      extra ? "",
      mainProgram ? lib.head (programs ++ [ pname ]),
      description ? "${pname} of Debian",
      passthru ? { },
    }:
    let
      version = versions.${from};
      targets = lib.genAttrs programs (program: "/usr/bin/${program}") // links;
      link = need: name: target: "link ${lib.escapeShellArgs [ name target need ]}\n";
      drv = builtins.derivation {
        name = "${pname}-${version}";
        inherit (final) system;
        builder = final.buildShell;
        PATH = "/usr/bin";
        inherit from;
        args = [
          "-euc"
          ''
            mkdir -p "$out/bin"
            link() {
              if [ -e "$2" ]; then
                ln -s "$2" "$out/bin/$1"
              elif [ "$3" = required ]; then
                echo "error: $2 is not there. The sandbox image has no Debian package '$from'; 'croft doctor' says how to rebuild it." >&2
                exit 1
              fi
            }
            ${lib.concatMapAttrsStringSep "" (link "required") targets}
            ${lib.concatMapAttrsStringSep "" (link "optional") (lib.genAttrs optional (program: "/usr/bin/${program}"))}
            ${extra}
            : # bash would exec the last command; Nix takes a program that closes its output early for the end, and kills it.
          ''
        ];
      };
    in
    drv
    // {
      inherit pname version;
      name = "${pname}-${version}";
      meta = {
        inherit mainProgram description;
        available = true;
      };
      overrideAttrs = _: throw "${pname} is a program of Debian in the sandbox and cannot be rebuilt with other attributes";
    }
    // passthru;

  sbin = lib.flip lib.genAttrs (program: "/usr/sbin/${program}");
in
{
  inherit debianPackage;
}
// lib.mapAttrs debianPackage {
  bash = {
    programs = [ "bash" ];
    links.sh = "/usr/bin/bash";
    passthru.shellPath = "/bin/bash";
  };
  coreutils = {
    # the names that scripts use; Debian's package has a few more
    programs = [
      "arch" "b2sum" "base32" "base64" "basename" "cat" "chgrp" "chmod" "chown" "cksum" "comm" "cp" "csplit" "cut"
      "date" "dd" "df" "dir" "dirname" "du" "echo" "env" "expand" "expr" "factor" "false" "fmt" "fold" "groups" "head"
      "hostid" "id" "install" "join" "link" "ln" "logname" "ls" "md5sum" "mkdir" "mkfifo" "mknod" "mktemp" "mv" "nice"
      "nl" "nohup" "nproc" "numfmt" "od" "paste" "pathchk" "pinky" "pr" "printenv" "printf" "ptx" "pwd" "readlink"
      "realpath" "rm" "rmdir" "runcon" "seq" "sha1sum" "sha224sum" "sha256sum" "sha384sum" "sha512sum" "shred" "shuf"
      "sleep" "sort" "split" "stat" "stdbuf" "stty" "sum" "sync" "tac" "tail" "tee" "test" "timeout" "touch" "tr"
      "true" "truncate" "tsort" "tty" "uname" "unexpand" "uniq" "unlink" "users" "vdir" "wc" "who" "whoami" "yes" "["
    ];
    links.chroot = "/usr/sbin/chroot";
    mainProgram = "coreutils";
  };
  findutils.programs = [ "find" "xargs" ];
  diffutils.programs = [ "diff" "cmp" "diff3" "sdiff" ];
  gnugrep = {
    from = "grep";
    programs = [ "grep" "egrep" "fgrep" ];
  };
  gnused = {
    from = "sed";
    programs = [ "sed" ];
  };
  # the image may have Debian's small default, mawk, instead
  gawk = {
    programs = [ "awk" ];
    optional = [ "gawk" ];
    mainProgram = "awk";
  };
  gnutar = {
    from = "tar";
    programs = [ "tar" ];
  };
  gzip.programs = [ "gzip" "gunzip" "zcat" ];
  bzip2 = {
    programs = [ ];
    optional = [ "bzip2" "bunzip2" "bzcat" ];
  };
  xz = {
    from = "xz-utils";
    programs = [ "xz" "unxz" "xzcat" ];
  };
  zstd.programs = [ "zstd" "unzstd" "zstdcat" ];
  unzip = {
    programs = [ ];
    optional = [ "unzip" ];
  };
  file = {
    programs = [ ];
    optional = [ "file" ];
  };
  patch = {
    programs = [ ];
    optional = [ "patch" ];
  };
  gnumake = {
    from = "make";
    programs = [ "make" ];
    mainProgram = "make";
  };
  gcc = {
    programs = [ "gcc" "cpp" ];
    links.cc = "/usr/bin/gcc";
    optional = [ "g++" "c++" ];
  };
  binutils.programs = [ "ar" "as" "ld" "nm" "objcopy" "objdump" "ranlib" "readelf" "size" "strings" "strip" ];
  pkg-config = {
    from = "pkgconf";
    programs = [ ];
    optional = [ "pkg-config" ];
    mainProgram = "pkg-config";
  };
  git = {
    programs = [ "git" "git-receive-pack" "git-upload-pack" "git-upload-archive" ];
    mainProgram = "git";
  };
  curl.programs = [ "curl" ];
  jq.programs = [ "jq" ];
  postfix = {
    programs = [ "mailq" "newaliases" ];
    links = sbin [ "postalias" "postcat" "postconf" "postfix" "postmap" "postqueue" "postsuper" "sendmail" ];
    mainProgram = "postfix";
  };
  dovecot = {
    from = "dovecot-core";
    programs = [ "doveadm" "doveconf" ];
    links.dovecot = "/usr/sbin/dovecot";
    mainProgram = "dovecot";
  };
  rspamd.programs = [ "rspamd" "rspamadm" "rspamc" ];
  nginx = {
    links.nginx = "/usr/sbin/nginx";
    programs = [ ];
    extra = ''
      mkdir -p "$out/conf"
      ln -s /etc/nginx/mime.types /etc/nginx/fastcgi_params "$out/conf/"
    '';
  };
  lego.programs = [ "lego" ];
  prometheus-node-exporter = {
    programs = [ ];
    links.node_exporter = "/usr/bin/prometheus-node-exporter";
    mainProgram = "node_exporter";
  };
  prometheus-postgres-exporter = {
    programs = [ ];
    links.postgres_exporter = "/usr/bin/prometheus-postgres-exporter";
    mainProgram = "postgres_exporter";
  };
  restic.programs = [ "restic" ];
  # Of the next release, see ../../image/finish.
  prometheus-systemd-exporter = {
    programs = [ ];
    links.systemd_exporter = "/usr/bin/prometheus-systemd-exporter";
    mainProgram = "systemd_exporter";
  };
  openssl.programs = [ "openssl" ];
  openssh = {
    from = "openssh-server";
    programs = [ "ssh" "ssh-keygen" "scp" "sftp" "ssh-add" "ssh-agent" "ssh-keyscan" ];
    links.sshd = "/usr/sbin/sshd";
    mainProgram = "ssh";
  };
  systemd = {
    programs = [
      "busctl" "journalctl" "loginctl" "systemctl" "systemd-analyze" "systemd-ask-password" "systemd-cat" "systemd-cgls"
      "systemd-cgtop" "systemd-creds" "systemd-detect-virt" "systemd-escape" "systemd-id128" "systemd-inhibit"
      "systemd-mount" "systemd-notify" "systemd-path" "systemd-run" "systemd-sysusers" "systemd-tmpfiles"
    ];
    optional = [ "hostnamectl" "machinectl" "networkctl" "timedatectl" ];
    extra = ''
      cat > "$out/bin/systemd-nspawn" << 'END'
      #!/usr/bin/bash
      for word in "$@"; do
        case $word in --directory=*) ln -sn usr/lib usr/lib64 "''${word#*=}/" ;; esac
      done
      exec /usr/bin/systemd-nspawn --bind-ro=/usr --bind-ro=/etc/alternatives "$@"
      END
      chmod +x "$out/bin/systemd-nspawn"
    '';
    mainProgram = "systemctl";
  };
  util-linux = {
    programs = [ "flock" "findmnt" "getopt" "logger" "mountpoint" "nsenter" "setpriv" "setsid" "unshare" ];
    links = sbin [ "runuser" ];
    # what newer Debian releases moved to packages of their own
    optional = [ "column" "hexdump" "ionice" "kill" "lsblk" "lscpu" "mount" "prlimit" "rev" "script" "taskset" "umount" "uuidgen" ];
    mainProgram = "mount";
  };
  iproute2 = {
    programs = [ "ss" ];
    links = {
      ip = "/usr/bin/ip";
      bridge = "/usr/sbin/bridge";
      tc = "/usr/sbin/tc";
    };
    mainProgram = "ip";
  };
  nftables = {
    programs = [ ];
    links.nft = "/usr/sbin/nft";
    mainProgram = "nft";
  };
  passt.programs = [ "passt" "pasta" ];
  virtiofsd.links.virtiofsd = "/usr/libexec/virtiofsd";
  virtiofsd.programs = [ ];
  cpio.programs = [ "cpio" ];
  qemu_kvm = {
    from = "qemu-system-x86";
    programs = [ "qemu-system-x86_64" ];
  };
  procps.programs = [ "free" "pgrep" "pkill" "ps" "top" "uptime" "vmstat" "watch" ];
  shadow = {
    from = "passwd";
    programs = [ ];
    links = {
      nologin = "/usr/sbin/nologin";
    };
    mainProgram = "nologin";
    passthru.shellPath = "/bin/nologin";
  };
  acl.programs = [ "getfacl" "setfacl" ];
  nix = {
    from = "nix-bin";
    programs = [ "nix" "nix-build" "nix-collect-garbage" "nix-env" "nix-instantiate" "nix-store" ];
    links = { };
  };
  busybox = {
    from = "busybox-static";
    programs = [ "busybox" ];
    # every applet under its own name, as the real package has them
    extra = ''
      /usr/bin/busybox --list | while read -r applet; do
        [ -e "$out/bin/$applet" ] || ln -s busybox "$out/bin/$applet"
      done
    '';
  };
  # The programs of these packages are links to Debian's: whoever sees a package has to see those, too, as builds do.
  bubblewrap = {
    programs = [ ];
    extra = ''
      cat > "$out/bin/bwrap" << 'END'
      #!/usr/bin/bash
      exec /usr/bin/bwrap --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
        --ro-bind /etc/alternatives /etc/alternatives --ro-bind-try /etc/java-21-openjdk /etc/java-21-openjdk "$@"
      END
      chmod +x "$out/bin/bwrap"
    '';
    mainProgram = "bwrap";
  };
  podman = {
    programs = [ ];
    extra = ''
      cat > "$out/bin/podman" << 'END'
      #!/usr/bin/bash
      words=() before=
      for word in "$@"; do
        if [ "$before" = --rootfs ]; then
          ln -sn usr/lib usr/lib64 "$word/"
          words[-1]=--volume=/usr:/usr:ro
          words+=(--volume=/etc/alternatives:/etc/alternatives:ro --rootfs)
        fi
        words+=("$word") before=$word
      done
      exec /usr/bin/podman "''${words[@]}"
      END
      chmod +x "$out/bin/podman"
    '';
    mainProgram = "podman";
  };
  crun.programs = [ "crun" ];
  conmon.programs = [ "conmon" ];
  catatonit.programs = [ "catatonit" ];
  netavark = {
    programs = [ ];
    links.netavark = "/usr/lib/podman/netavark";
    mainProgram = "netavark";
  };
  redis = {
    from = "redis-server";
    programs = [ "redis-server" "redis-cli" "redis-benchmark" "redis-check-aof" "redis-check-rdb" ];
    links.redis-sentinel = "/usr/bin/redis-server";
    mainProgram = "redis-cli";
  };
}
