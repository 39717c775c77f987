# /etc/croft/facts.json: what a built system says of itself. Taken from the configuration as a whole, whoever set it, so that two
# systems can be compared before one of them runs.
{ config, lib, ... }:
let
  inherit (config.croft) host;
  inherit (import ../lib) attach monitoring ports size;
  inherit (config.services) mysql postgresql;
  inherit (config.networking) firewall;
  ssh = config.services.openssh;

  # An interface's own ports count as open: a review must not miss them.
  openings = [ firewall ] ++ lib.attrValues firewall.interfaces;
  open =
    protocol:
    lib.optionals firewall.enable (
      ports.ranges (lib.concatMap (opening: opening."allowed${protocol}Ports") openings) (
        lib.concatMap (opening: opening."allowed${protocol}PortRanges") openings
      )
    );

  # Accounts that somebody can get into: people's, root, and those with a key. Services' come and go with the apps.
  keysOf = user: user.openssh.authorizedKeys.keys ++ user.openssh.authorizedKeys.keyFiles;
  accounts = lib.filterAttrs (
    _: user: (user.enable or true) && (user.isNormalUser || user.name == "root" || keysOf user != [ ])
  ) config.users.users;
  groupsOf =
    user:
    lib.sort lib.lessThan (
      lib.unique (
        [ user.group ]
        ++ user.extraGroups
        ++ lib.attrNames (lib.filterAttrs (_: group: lib.elem user.name group.members) config.users.groups)
      )
    );
  digest = user: builtins.hashString "sha256" (toString (lib.sort lib.lessThan user.openssh.authorizedKeys.keys));

  # Who wants a port open, as far as it is known: the firewall's options tell what, and not why.
  inherit (config.croft) apps certificates mailPorts;
  site = config.croft.consoleSite;
  watched = config.croft.services.monitoring;
  webServer =
    lib.any (app: app.domains != [ ]) (lib.attrValues apps)
    || lib.any (
      certificate: certificate.app == null && certificate.overHttp && (site == null || !lib.elem certificate.domain site.domains)
    ) (lib.attrValues certificates);
  one = by: protocol: port: {
    inherit protocol by;
    from = port;
    to = port;
  };
  known =
    lib.concatLists (
      lib.mapAttrsToList (
        name: app: lib.optional (app.run.port != null && app.domains == [ ]) (one "app:${name}" "tcp" app.run.port)
      ) apps
    )
    ++ map (one "web-server" "tcp") (
      lib.optional webServer 80 ++ lib.optional (lib.any (app: app.web.tls != "none") (lib.attrValues apps)) 443
    )
    ++ map (one "console" "tcp") (lib.optional (site != null) 80 ++ lib.optional (site != null && site.web.tls != "none") 443)
    ++ map (exporter: one "monitoring" "tcp" exporter.port) (lib.optionals (watched != null && watched.openFirewall) (monitoring.exporters watched))
    ++ map (one "mail-server" "tcp") config.croft.mailServerPorts
    ++ map (one "sshd" "tcp") (lib.optionals (ssh.enable && ssh.openFirewall or true) ssh.ports)
    ++ wished "tcp"
    ++ wished "udp";
  wished =
    protocol:
    map (range: {
      inherit protocol;
      by = "settings";
      from = lib.head range;
      to = lib.last range;
    }) (ports.ranges host.firewall.${protocol} [ ]);
  unknown =
    protocol: option:
    let
      ours = lib.filter (port: port.protocol == protocol) known;
      isOurs = port: lib.any (range: range.from <= port && port <= range.to) ours;
      single = lib.filter (port: !isOurs port) (lib.concatMap (opening: opening."allowed${option}Ports") openings);
      ranges = lib.concatMap (opening: opening."allowed${option}PortRanges") openings;
    in
    map (one "configuration" protocol) (lib.unique single)
    ++ map (range: { inherit protocol; inherit (range) from to; by = "configuration"; }) ranges;
  # 11.8.6 is 1108, as MariaDB itself counts.
  seriesOf =
    version:
    let
      parts = map lib.toInt (lib.take 2 (lib.splitVersion version));
    in
    lib.head parts * 100 + lib.last parts;
  databaseOf = name: attached: if attached == null then null else attach.database name attached;

  facts = {
    version = 1;
    firewall = {
      enabled = firewall.enable;
      tcp = open "TCP";
      udp = open "UDP";
    };
    ports = lib.sort (a: b: a.from < b.from || (a.from == b.from && a.protocol < b.protocol)) (
      known ++ unknown "tcp" "TCP" ++ unknown "udp" "UDP"
    );
    users = lib.mapAttrs' (
      _: user:
      lib.nameValuePair user.name {
        groups = groupsOf user;
        keys = lib.length (keysOf user);
        # One key in the place of another is a change, too.
        keysDigest = digest user;
        normal = user.isNormalUser;
      }
    ) accounts;
    ssh = {
      enabled = ssh.enable;
      ports = lib.sort lib.lessThan (
        lib.unique (ssh.ports ++ lib.filter (port: port != null) (map (listen: listen.port) ssh.listenAddresses))
      );
      # sshd's own default is yes.
      passwordAuthentication = ssh.settings.PasswordAuthentication != false;
    };
    microvms = lib.attrNames (config.microvm.vms or { });
    gc = {
      inherit (host.gc) automatic keepGenerations;
      minFree = size.bytes host.gc.minFree;
    };
    inherit (host) build;
    backups = config.croft.backupFacts;
    sops = config.croft.sopsFacts;
    inherit (config.croft.certificateFacts) acme certificates;
    attach = lib.mapAttrs (name: app: {
      postgresql = databaseOf name app.attach.postgresql;
      mysql = databaseOf name app.attach.mysql;
      redis = app.attach.redis != null;
      mail =
        if app.attach.mail == null then
          null
        else
          {
            inherit (app.attach.mail) from perHour;
            port = mailPorts.${name};
          };
      storage = lib.mapAttrs (_: volume: if volume.quota == null then null else size.bytes volume.quota) app.attach.storage;
      jobs = lib.attrNames app.jobs;
      secrets = lib.attrNames app.run.secrets;
    }) config.croft.apps;
    postgresql =
      if postgresql.enable then
        {
          major = lib.toInt postgresql.package.psqlSchema;
          dataDir = toString postgresql.dataDir;
        }
      else
        null;
    mail = config.croft.mailFacts;
    # Also where the firewall keeps them shut: who listens there is no stranger.
    monitoring =
      if watched == null then
        null
      else
        {
          inherit (watched) address;
          exporters = lib.listToAttrs (map (exporter: lib.nameValuePair exporter.name exporter.port) (monitoring.exporters watched));
        };
    mysql =
      if mysql.enable then
        { dataDir = toString mysql.dataDir; } // lib.optionalAttrs (config.croft.services.mysql != null) { major = seriesOf mysql.package.version; }
      else
        null;
  };
in
{
  environment.etc."croft/facts.json".text = builtins.toJSON facts + "\n";
}
