# services.postgresql: Debian's servers, one for each major version, under NixOS's units, user and directories.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkAfter mkBefore mkDefault mkIf mkMerge mkOptionDefault optionalString;
  cfg = config.services.postgresql;
  inherit (cfg) dataDir superUser;
  ownDirectory = dataDir == "/var/lib/postgresql/${cfg.package.psqlSchema}";

  showValue =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else if lib.isString value then
      "'${lib.replaceStrings [ "'" ] [ "''" ] value}'"
    else
      toString value;
  configFile = pkgs.writeTextDir "postgresql.conf" (
    lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name} = ${showValue value}\n") (lib.filterAttrs (_: v: v != null) cfg.settings)
    )
  );
  # A setting that this version does not know must not get as far as a running server.
  configCheck = pkgs.runCommandLocal "postgresql-configfile-check" { } ''
    ${cfg.finalPackage}/bin/postgres -D ${configFile} -C config_file > /dev/null
    touch $out
  '';

  # null leaves a clause as the server has it
  clauses = user: lib.filterAttrs (_: v: v != null) user.ensureClauses;
  ensureUser = user: ''
    psql -tAc "SELECT 1 FROM pg_roles WHERE rolname='${user.name}'" | grep -q 1 || psql -tAc 'CREATE USER "${user.name}"'
    psql -tAc 'ALTER ROLE "${user.name}" ${
      lib.concatStringsSep " " (lib.mapAttrsToList (name: on: if on then name else "no${name}") (clauses user))
    }'
    ${optionalString user.ensureDBOwnership ''psql -tAc 'ALTER DATABASE "${user.name}" OWNER TO "${user.name}";' ''}
  '';
  withValues = lib.filter (user: lib.any (v: !lib.isBool v) (lib.attrValues (clauses user))) cfg.ensureUsers;
in
{
  config = mkMerge [
    {
      services.postgresql = {
        package = mkDefault (
          if lib.versionAtLeast config.system.stateVersion "25.11" then
            pkgs.postgresql_17
          else if lib.versionAtLeast config.system.stateVersion "24.11" then
            pkgs.postgresql_16
          else
            pkgs.postgresql_15
        );
        finalPackage = cfg.package;
        dataDir = mkDefault "/var/lib/postgresql/${cfg.package.psqlSchema}";
        extensions = mkOptionDefault (_: [ ]);
      };
    }
    (mkIf cfg.enable {
      assertions = [
        {
          assertion = (if lib.isFunction cfg.extensions then cfg.extensions { } else cfg.extensions) == [ ];
          message = "services.postgresql.extensions: the sandbox host (not NixOS) has the extensions that come with PostgreSQL, and no others.";
        }
        {
          assertion = !cfg.enableJIT;
          message = "services.postgresql.enableJIT: the sandbox host (not NixOS) has PostgreSQL without its compiler of queries.";
        }
        {
          assertion = withValues == [ ];
          message = "services.postgresql.ensureUsers.*.ensureClauses: the sandbox host (not NixOS) knows clauses that are true or false, and no others.";
        }
      ]
      ++ map (user: {
        assertion = user.ensureDBOwnership -> lib.elem user.name cfg.ensureDatabases;
        message = ''
          For each database user defined with `services.postgresql.ensureUsers` and
          `ensureDBOwnership = true;`, a database with the same name must be defined
          in `services.postgresql.ensureDatabases`.

          Offender: ${user.name} has not been found among databases.
        '';
      }) cfg.ensureUsers;

      services.postgresql = {
        settings = {
          hba_file = "${pkgs.writeText "pg_hba.conf" cfg.authentication}";
          ident_file = "${pkgs.writeText "pg_ident.conf" cfg.identMap}";
          log_destination = "stderr";
          log_line_prefix = mkOptionDefault "[%p] ";
          listen_addresses = mkOptionDefault (if cfg.enableTCPIP then "*" else "localhost");
          port = mkOptionDefault 5432;
          jit = mkDefault "off";
        };
        authentication = mkMerge [
          (mkBefore "# Generated file; do not edit!")
          (mkAfter ''
            # default value of services.postgresql.authentication
            local all postgres         peer map=postgres
            local all all              peer
            host  all all 127.0.0.1/32 md5
            host  all all ::1/128      md5
          '')
        ];
        identMap = mkAfter ''
          postgres postgres postgres
        '';
        systemCallFilter = {
          "@system-service" = mkDefault true;
          "~@privileged" = mkDefault true;
          "~@resources" = mkDefault true;
        };
      };

      users.users.postgres = {
        group = "postgres";
        description = "PostgreSQL server user";
        isSystemUser = true;
        home = dataDir;
        useDefaultShell = true;
      };
      users.groups.postgres = { };

      environment.systemPackages = [ cfg.finalPackage ];
      system.checks = lib.optional cfg.checkConfig configCheck;

      systemd.targets.postgresql = {
        description = "PostgreSQL";
        wantedBy = [ "multi-user.target" ];
        requires = [ "postgresql.service" "postgresql-setup.service" ];
      };

      systemd.services.postgresql = {
        description = "PostgreSQL Server";
        after = [ "network.target" ];
        # The target follows the service, whichever of the two is started or stopped.
        wants = [ "postgresql.target" ];
        partOf = [ "postgresql.target" ];
        environment.PGDATA = dataDir;
        path = [ cfg.finalPackage ];
        preStart = ''
          if ! test -e ${dataDir}/PG_VERSION; then
            # Cleanup the data directory.
            rm -f ${dataDir}/*.conf

            # Initialise the database.
            initdb -U ${superUser} ${lib.escapeShellArgs cfg.initdbArgs}

            touch "${dataDir}/.first_startup"
          fi

          ln -sfn "${configFile}/postgresql.conf" "${dataDir}/postgresql.conf"
        '';
        unitConfig = {
          RequiresMountsFor = dataDir;
          StartLimitIntervalSec = 605;
          StartLimitBurst = 5;
        };
        serviceConfig = {
          Type = "notify";
          ExecStart = "${cfg.finalPackage}/bin/postgres";
          ExecReload = "${pkgs.coreutils}/bin/kill -HUP $MAINPID";
          User = "postgres";
          Group = "postgres";
          RuntimeDirectory = "postgresql";
          StateDirectory = mkIf ownDirectory "postgresql postgresql/${cfg.package.psqlSchema}";
          StateDirectoryMode = mkIf ownDirectory "0750";
          ReadWritePaths = mkIf (!ownDirectory) [ dataDir ];
          # "Fast Shutdown mode"
          KillSignal = "SIGINT";
          KillMode = "mixed";
          TimeoutSec = 120;
          Restart = "always";

          CapabilityBoundingSet = [ "" ];
          DevicePolicy = "closed";
          LockPersonality = true;
          MemoryDenyWriteExecute = mkDefault true;
          NoNewPrivileges = true;
          PrivateDevices = true;
          PrivateMounts = true;
          PrivateTmp = true;
          ProcSubset = "pid";
          ProtectClock = true;
          ProtectControlGroups = true;
          ProtectHome = true;
          ProtectHostname = true;
          ProtectKernelLogs = true;
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          ProtectProc = "invisible";
          ProtectSystem = "strict";
          RemoveIPC = true;
          RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_NETLINK" "AF_UNIX" ];
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          SystemCallArchitectures = "native";
          SystemCallFilter = lib.attrNames (
            lib.filterAttrs (_: v: if lib.isBool v then v else v.enable or true) cfg.systemCallFilter
          );
          UMask = "0027";
        };
      };

      systemd.services.postgresql-setup = {
        description = "PostgreSQL Setup Scripts";
        requires = [ "postgresql.service" ];
        after = [ "postgresql.service" ];
        path = [ cfg.finalPackage ];
        environment.PGPORT = toString cfg.settings.port;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          User = "postgres";
          Group = "postgres";
        };
        script = ''
          writable() {
            psql -d postgres -tAc "SELECT pg_is_in_recovery()" 2> /dev/null | grep -q f
          }
          while ! writable; do
            if ! systemctl is-active --quiet postgresql.service; then exit 1; fi
            sleep 0.1
          done

          if test -e "${dataDir}/.first_startup"; then
            ${optionalString (cfg.initialScript != null) ''psql -f "${cfg.initialScript}" -d postgres''}
            rm -f "${dataDir}/.first_startup"
          fi
          ${lib.concatMapStrings (database: ''
            psql -tAc "SELECT 1 FROM pg_database WHERE datname = '${database}'" | grep -q 1 || psql -tAc 'CREATE DATABASE "${database}"'
          '') cfg.ensureDatabases}
          ${lib.concatMapStrings ensureUser cfg.ensureUsers}
        '';
      };
    })
  ];
}
