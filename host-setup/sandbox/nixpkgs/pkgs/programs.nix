# Packages that need more than links: language tool chains with their variables, and programs Debian does not have.
{ lib, final }:
let
  inherit (final) debianPackage writeTextFile;

  # Tells a build where a tool chain lives or where it may write.
  setupHook = code: ''
    mkdir -p "$out/nix-support"
    printf '%s' ${lib.escapeShellArg code} > "$out/nix-support/setup-hook"
  '';

  # What Debian does not have and nothing here can stand in for: a unit of it can be looked at, and none be built.
  notAtHand =
    pname: version: program:
    let
      drv = builtins.derivation {
        name = "${pname}-${version}";
        inherit (final) system;
        builder = final.buildShell;
        args = [
          "-euc"
          ''
            echo "error: the sandbox host (not NixOS) has no ${program}, for Debian has none. Leave it out for this host, or use a NixOS host." >&2
            exit 1
          ''
        ];
      };
    in
    drv
    // {
      inherit pname version;
      meta.mainProgram = program;
    };

  # Its own directory of programs for each major version; they find the rest of Debian's files from there.
  postgresql =
    major: more:
    let
      programs = [
        "clusterdb" "createdb" "createuser" "dropdb" "dropuser" "initdb" "oid2name" "pg_amcheck" "pg_archivecleanup"
        "pg_basebackup" "pg_checksums" "pg_controldata" "pg_ctl" "pg_dump" "pg_dumpall" "pg_isready" "pg_receivewal"
        "pg_recvlogical" "pg_resetwal" "pg_restore" "pg_rewind" "pg_test_fsync" "pg_test_timing" "pg_upgrade"
        "pg_verifybackup" "pg_waldump" "pgbench" "postgres" "psql" "reindexdb" "vacuumdb" "vacuumlo"
      ];
    in
    debianPackage "postgresql" {
      from = "postgresql-${major}";
      programs = [ ];
      links = lib.genAttrs (programs ++ more) (program: "/usr/lib/postgresql/${major}/bin/${program}");
      mainProgram = "psql";
      description = "PostgreSQL ${major} of Debian";
      passthru = {
        psqlSchema = major;
        pkgs = { };
      };
    };
  # The names of old are those of NixOS's unit.
  mariadbPrograms = [
    "mariadb" "mariadb-admin" "mariadb-check" "mariadb-dump" "mariadb-import" "mariadb-install-db" "mariadb-show" "mariadb-tzinfo-to-sql"
    "mariadb-upgrade"
  ];
  mariadbNames = {
    mysqld = "mariadbd";
    mysql = "mariadb";
    mysqladmin = "mariadb-admin";
    mysqldump = "mariadb-dump";
    mysql_install_db = "mariadb-install-db";
    mysql_upgrade = "mariadb-upgrade";
  };
  arch = { x86_64-linux = "amd64"; aarch64-linux = "arm64"; }.${final.system};
in
rec {
  python3 =
    let
      python = debianPackage "python3" {
        programs = [ "python3" ];
        links = {
          python = "/usr/bin/python3";
          "python3.13" = "/usr/bin/python3";
        };
        mainProgram = "python3";
        passthru = {
          pythonVersion = "3.13";
          executable = "python3.13";
          sitePackages = "lib/python3.13/site-packages";
          interpreter = "${python}/bin/python3.13";
          pkgs = { inherit python; };
          withPackages =
            choose:
            if choose { } == [ ] then
              python
            else
              throw "python3.withPackages: the sandbox has the standard library only; vendor what the app needs, or build it on a real NixOS host";
        };
      };
    in
    python;
  python313 = python3;
  python3Packages = {
    python = python3;
  };
  python = throw "'python' was Python 2 and is gone from nixpkgs; use python3";

  nodejs = debianPackage "nodejs" {
    programs = [ "node" ];
    links.nodejs = "/usr/bin/node";
    optional = [ "npm" "npx" ];
    mainProgram = "node";
    # npm wants a home directory even when it fetches nothing
    extra = setupHook "export npm_config_cache=\"$TMPDIR/npm-cache\" npm_config_offline=true\n";
  };
  nodejs_20 = nodejs;
  nodejs-slim = nodejs;

  jdk_headless =
    let
      home = "/usr/lib/jvm/java-21-openjdk-${arch}";
      java = debianPackage "openjdk-headless" {
        from = "openjdk-21-jdk-headless";
        programs = [ ];
        links = lib.genAttrs [ "java" "javac" "jar" "javadoc" "jcmd" "jdeps" "jlink" "jshell" "jstack" "keytool" ] (
          program: "${home}/bin/${program}"
        );
        mainProgram = "java";
        extra = ''
          mkdir -p "$out/lib"
          ln -s ${home} "$out/lib/openjdk"
          ${setupHook "export JAVA_HOME=${home}\n"}
        '';
        passthru.home = "${java}/lib/openjdk";
      };
    in
    java;
  jdk = jdk_headless;
  jdk21 = jdk_headless;
  jdk21_headless = jdk_headless;
  jre = jdk_headless;
  jre_headless = jdk_headless;
  openjdk = jdk_headless;

  go = debianPackage "go" {
    from = "golang-go";
    programs = [ "go" "gofmt" ];
    mainProgram = "go";
    extra = setupHook ''
      export GOCACHE="$TMPDIR/go-cache" GOPATH="$TMPDIR/go" GOTOOLCHAIN=local GOFLAGS="-trimpath ''${GOFLAGS-}" GOPROXY=off GOSUMDB=off
      # the linker would stamp the build with the name of the temporary directory
      export CGO_ENABLED="''${CGO_ENABLED-0}"
    '';
  };

  cacert = final.runCommandLocal "nss-cacert-${(lib.importJSON ./debian-versions.json).ca-certificates}" { } ''
    mkdir -p $out/etc/ssl/certs
    ln -s /etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
  '';

  # Debian's kernel for clouds, as the image has it; the box runs none of its own.
  linuxPackages.kernel = {
    dev = final.runCommandLocal "linux-dev" { } ''
      mkdir "$out"
      ln -s /usr/lib/guest-kernel/vmlinux "$out/vmlinux"
    '';
    modules = final.runCommandLocal "linux-modules" { } ''
      mkdir -p "$out/lib"
      ln -s /usr/lib/guest-kernel/modules "$out/lib/modules"
    '';
  };

  # insmod-list: modules and those that they need, in order. What the kernel has built in is left out.
  makeModulesClosure =
    {
      kernel,
      firmware,
      rootModules,
      allowMissing ? false,
    }:
    final.runCommandLocal "modules-closure"
      {
        nativeBuildInputs = [ final.python3 final.xz ];
        program = ./modules-closure.py;
      }
      ''
        mkdir "$out"
        python3 "$program" ${kernel}/lib/modules ${lib.escapeShellArgs rootModules} > "$out/insmod-list"
      '';

  gitMinimal = final.git;
  bashInteractive = final.bash;
  bashNonInteractive = final.bash;
  dash = final.bash;
  nginxStable = final.nginx;
  nginxMainline = final.nginx;
  su = final.util-linux;
  runtimeShell = "${final.bash}${final.bash.shellPath}";
  runtimeShellPackage = final.bash;

  postgresql_15 = postgresql "15" [ ];
  postgresql_17 = postgresql "17" [ "pg_combinebackup" "pg_createsubscriber" "pg_walsummary" ];

  # As in nixpkgs: one attribute for each series, and one that moves on with the release.
  mariadb = mariadb_118;
  mariadb_118 = debianPackage "mariadb" {
    from = "mariadb-server";
    programs = mariadbPrograms;
    links = {
      mariadbd = "/usr/sbin/mariadbd";
    }
    // lib.mapAttrs (_: name: if name == "mariadbd" then "/usr/sbin/mariadbd" else "/usr/bin/${name}") mariadbNames;
    mainProgram = "mariadb";
    passthru.basedir = "/usr";
  };
  # The one that the image has only unpacked (image/finish): it is told where its files are.
  mariadb_1011 =
    let
      basedir = "/usr/lib/mariadb/10.11/usr";
    in
    debianPackage "mariadb" {
      from = "mariadb-server-10.11";
      programs = [ ];
      extra = ''
        wrap() {
          printf '#!/usr/bin/bash\nexport MY_BASEDIR_VERSION=%s LD_LIBRARY_PATH=%s\nexec %s "$@"\n' ${basedir} "$(echo ${basedir}/lib/*-linux-gnu)" "${basedir}/$2" > "$out/bin/$1"
          chmod +x "$out/bin/$1"
        }
        [ -e ${basedir}/sbin/mariadbd ] || { echo "error: the sandbox image has no MariaDB 10.11; 'croft doctor' says how to rebuild it." >&2; exit 1; }
        wrap mariadbd sbin/mariadbd
        ${lib.concatMapStrings (name: "wrap ${name} bin/${name}\n") mariadbPrograms}
        ${lib.concatMapAttrsStringSep "\n" (old: name: "ln -s ${name} \"$out/bin/${old}\"") mariadbNames}
      '';
      mainProgram = "mariadb";
      passthru = { inherit basedir; };
    };

  # Debian has no darkhttpd: this one has its command line, on Python's own HTTP server.
  darkhttpd = writeTextFile {
    name = "darkhttpd-1.17";
    executable = true;
    destination = "/bin/darkhttpd";
    text = "#!${python3.interpreter}\n" + builtins.readFile ./darkhttpd.py;
    meta.mainProgram = "darkhttpd";
    derivationArgs = {
      pname = "darkhttpd";
      version = "1.17";
    };
  };

  opentelemetry-collector = notAtHand "opentelemetry-collector" "0.144.0" "otelcol";
  opentelemetry-collector-contrib = notAtHand "opentelemetry-collector-contrib" "0.144.0" "otelcol-contrib";

  # Debian has no step-ca: this one takes its ca.json, and speaks as much ACME as lego does.
  step-ca = writeTextFile {
    name = "step-ca-0.28";
    executable = true;
    destination = "/bin/step-ca";
    text = "#!${python3.interpreter}\n" + builtins.readFile ./step-ca.py;
    meta.mainProgram = "step-ca";
    derivationArgs = {
      pname = "step-ca";
      version = "0.28";
    };
  };

  # Nor sops: this one opens what it has encrypted for age.
  sops-install-secrets = writeTextFile {
    name = "sops-install-secrets-0.0.1";
    executable = true;
    destination = "/bin/sops-install-secrets";
    text = "#!${python3.interpreter}\n" + builtins.readFile ./sops-install-secrets.py;
    meta.mainProgram = "sops-install-secrets";
    derivationArgs = {
      pname = "sops-install-secrets";
      version = "0.0.1";
    };
  };
}
