# services.mysql: Debian's MariaDB under NixOS's unit, user and directories.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkIf mkMerge mkOptionDefault;
  cfg = config.services.mysql;
  inherit (cfg) dataDir user;
  client = "${cfg.package}/bin/mysql";

  # Debian's server finds its own files below /usr, not beside the program.
  options = "--user=${user} --datadir=${dataDir} --basedir=${cfg.package.basedir}";

  showLine =
    name: value:
    if value == true || value == null then
      "${name}\n"
    else if value == false then
      "${name}=0\n"
    else if lib.isList value then
      lib.concatMapStrings (showLine name) value
    else
      "${name}=${toString value}\n";
  text = lib.concatStringsSep "\n" (
    lib.mapAttrsToList (
      name: section: "[${name}]\n${lib.concatStrings (lib.mapAttrsToList showLine section)}"
    ) cfg.settings
  );

  statements = lines: "(\n${lib.concatMapStrings (line: "  echo \"${line}\"\n") lines}) | ${client} -N";
  ensureUser = u: [
    "CREATE USER IF NOT EXISTS '${u.name}'@'localhost' IDENTIFIED WITH unix_socket;"
  ] ++ lib.mapAttrsToList (on: what: "GRANT ${what} ON ${on} TO '${u.name}'@'localhost';") u.ensurePermissions;
in
{
  config = mkMerge [
    {
      services.mysql = {
        dataDir = mkDefault "/var/lib/mysql";
        configFile = mkOptionDefault (pkgs.writeText "my.cnf" text);
      };
    }
    (mkIf cfg.enable {
      assertions = [
        {
          assertion = cfg.package.pname == "mariadb";
          message = "services.mysql.package: the sandbox host (not NixOS) has MariaDB only; use pkgs.mariadb.";
        }
        {
          assertion = cfg.replication.role == "none" && !cfg.galeraCluster.enable;
          message = "services.mysql: replication and galeraCluster are not implemented on the sandbox host (not NixOS).";
        }
      ];

      services.mysql.settings.mysqld = {
        datadir = dataDir;
        port = mkDefault 3306;
      };

      users.users.mysql = mkIf (user == "mysql") {
        description = "MySQL server user";
        group = cfg.group;
        isSystemUser = true;
      };
      users.groups.mysql = mkIf (cfg.group == "mysql") { };

      environment.systemPackages = [ cfg.package ];
      environment.etc."my.cnf".source = cfg.configFile;

      systemd.services.mysql = {
        description = "MySQL Server";
        after = [ "network.target" ];
        wantedBy = [ "multi-user.target" ];
        restartTriggers = [ cfg.configFile ];
        unitConfig.RequiresMountsFor = dataDir;
        preStart = ''
          if ! test -e ${dataDir}/mysql; then
            ${cfg.package}/bin/mariadb-install-db --defaults-file=/etc/my.cnf ${options}
            touch ${dataDir}/mysql_init
          fi
        '';
        script = "exec ${cfg.package}/bin/mysqld --defaults-file=/etc/my.cnf ${options}";
        postStart = ''
          if test -f ${dataDir}/mysql_init; then
            ${statements [
              "CREATE USER IF NOT EXISTS '${user}'@'localhost' IDENTIFIED WITH unix_socket;"
              "GRANT ALL PRIVILEGES ON *.* TO '${user}'@'localhost' WITH GRANT OPTION;"
            ]} -u ${user}
            ${lib.concatMapStrings (database: ''
              if ! test -e "${dataDir}/${database.name}"; then
                ${statements [ "CREATE DATABASE ${database.name};" ]} -u ${user}
                ${lib.optionalString (database.schema or null != null) "${client} -u ${user} -N ${database.name} < ${database.schema}"}
              fi
            '') cfg.initialDatabases}
            ${lib.optionalString (cfg.initialScript != null) "cat ${toString cfg.initialScript} | ${client} -u ${user} -N"}
            rm ${dataDir}/mysql_init
          fi
          ${lib.optionalString (cfg.ensureDatabases != [ ]) (
            statements (map (database: "CREATE DATABASE IF NOT EXISTS \\`${database}\\`;") cfg.ensureDatabases)
          )}
          ${lib.optionalString (cfg.ensureUsers != [ ]) (statements (lib.concatMap ensureUser cfg.ensureUsers))}
        '';
        serviceConfig = {
          Type = "notify";
          Restart = "on-abort";
          RestartSec = "5s";
          User = user;
          Group = cfg.group;
          RuntimeDirectory = "mysqld";
          RuntimeDirectoryMode = "0755";
          StateDirectory = mkIf (dataDir == "/var/lib/mysql") "mysql";
          StateDirectoryMode = mkIf (dataDir == "/var/lib/mysql") "0700";
          ReadWritePaths = [ dataDir ];

          CapabilityBoundingSet = "";
          LockPersonality = true;
          MemoryDenyWriteExecute = true;
          NoNewPrivileges = true;
          PrivateDevices = true;
          PrivateMounts = true;
          PrivateTmp = true;
          ProtectControlGroups = true;
          ProtectHome = true;
          ProtectHostname = true;
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          ProtectSystem = "strict";
          RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" ];
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          SystemCallArchitectures = "native";
        };
      };
    })
  ];
}
