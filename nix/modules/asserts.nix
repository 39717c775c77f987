# What the type of one field cannot say. Each message names the field (and its app), and what to do.
{ config, lib, ... }:
let
  inherit (config.croft) apps host;
  inherit (import ../lib) acmeDns attach mail monitoring names secrets size text unit;
  inherit (config.croft) services;
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    length
    stringLength
    ;

  mailPorts = mail.ports apps;

  each = check: concatMap (name: check name apps.${name}) (attrNames apps);

  unless = assertion: message: { inherit assertion message; };
  about = name: field: rest: "croft: apps.${name}.${field}: ${rest}";

  processText = name: field: value: unless (text.fitsProcess value) (
    about name field "the value has a NUL or a Unicode noncharacter, which no process can be given. Encode it, for example as base64."
  );

  # Of the format that an encrypted file has by its name.
  sopsKey =
    about: whom: { file, key, ... }:
    let
      format = secrets.sopsFormat file;
    in
    [
      (unless (key == null || elem format [ "yaml" "json" ]) (about "${file} is no YAML and no JSON, so ${whom} gets the whole file. Take the key out."))
      (unless (key == null || format != "json" || !text.contains "/" key) (
        about "sops-nix looks into nested objects of YAML files only. Put the value at the top of ${file}, or make it a YAML file."
      ))
    ];

  total = strings: lib.foldl' (sum: string: sum + stringLength string) 0 strings;

  # What Croft itself tells the process.
  reserved = {
    PORT = "set run.port instead";
    HOST = "it follows from the domains";
    STATE_DIRECTORY = "it is where the app's data lives";
  };

  appNames = map (
    name:
    unless (text.matches { pattern = names.appPattern; maxLength = 31; } name)
      "croft: apps.${builtins.toJSON (builtins.substring 0 80 name)}: an app's name has 1 to 31 characters, a to z, 0 to 9 and dash, and begins with a letter."
  ) (attrNames apps);

  catalogue = each (
    name: app:
    let
      inherit (app) source;
      isListed = source.type == "catalogue";
    in
    [
      (unless ((builtins.substring 0 6 source.url == "croft:") == isListed) (
        about name "source.url" "it is croft:… for an app of the catalogue, and the address of a repository for git."
      ))
      (unless (!isListed || source.ref == null) (about name "source.ref" "an app of the catalogue has no branches."))
      (unless (!isListed || app.build.builder != "flake") (
        about name "build.builder" "an app of the catalogue is not built by its own flake."
      ))
    ]
  );

  # An argument vector, when there is one.
  argumentVector =
    name: field: whenEmpty: argv:
    let
      program = builtins.head argv;
    in
    lib.optionals (argv != null) (
      [
        (unless (argv != [ ]) (about name field "the list is empty. ${whenEmpty}"))
        (unless (length argv <= 64) (
          about name field "${toString (length argv)} words are more than 64. Put them into a script of the app."
        ))
        (unless (total argv <= 131072) (
          about name field "${toString (total argv)} bytes are more than 131072. Put them into a file of the app."
        ))
      ]
      ++ lib.optional (argv != [ ]) (
        unless
          (text.matches {
            pattern = "[A-Za-z0-9_][A-Za-z0-9._+-]*|\\./[A-Za-z0-9._+/-]+";
            maxLength = 255;
          } program && !text.contains "/../" (program + "/"))
          (
            about name "${field}[0]" "the program is a plain name, or a path below the source that begins with ./, in letters, digits and . _ + - /"
          )
      )
      ++ lib.imap0 (i: processText name "${field}[${toString i}]") argv
    );

  command = each (
    name: app:
    argumentVector name "run.command" "Leave the field out to use the builder's default." app.run.command
    ++ argumentVector name "run.hooks.migrate" "Leave the field out when nothing is to be migrated." app.run.hooks.migrate
  );

  environment = each (
    name: app:
    let
      keys = attrNames app.run.env;
      told =
        # Only the names are looked at.
        attach.environment name { } app.attach
        // lib.genAttrs (attach.secretVariables app.attach) (_: null)
        // mail.environment mailPorts.${name} app.attach.mail;
    in
    [
      (unless (length keys <= 256) (about name "run.env" "${toString (length keys)} variables are more than 256."))
      (unless (total (builtins.attrValues app.run.env) <= 1048576) (
        about name "run.env" "all values together have more than 1048576 bytes, which the kernel does not give to a process. Put them into a file of the app."
      ))
    ]
    ++ concatMap (
      key:
      [
        (unless (text.matches { pattern = "[A-Za-z_][A-Za-z0-9_]{0,127}"; maxLength = 128; } key) (
          about name "run.env.${builtins.toJSON (builtins.substring 0 80 key)}" "a variable's name has 1 to 128 letters, digits and underscores, and does not begin with a digit."
        ))
        (unless (!reserved ? ${key}) (about name "run.env.${key}" "Croft sets this variable; ${reserved.${key} or ""}."))
        (unless (!told ? ${key}) (
          about name "run.env.${key}" "Croft sets this variable for what the app is attached to. Take it out of run.env."
        ))
        (processText name "run.env.${key}" app.run.env.${key})
      ]
    ) keys
  );

  # What systemd and NixOS tell every process of a unit. A secret in its place would be refused when the app starts.
  taken = [ "CREDENTIALS_DIRECTORY" "HOME" "INVOCATION_ID" "JOURNAL_STREAM" "LANG" "LOGNAME" "PATH" "SHELL" "SYSTEMD_EXEC_PID" "USER" ];

  secretNames = each (
    name: app:
    let
      named = attrNames app.run.secrets;
      field = secret: "run.secrets.${builtins.toJSON (builtins.substring 0 80 secret)}";
    in
    [
      (unless (length named <= 64) (about name "run.secrets" "${toString (length named)} secrets are more than 64."))
    ]
    ++ map (
      secret:
      unless (text.matches { pattern = secrets.namePattern; maxLength = 64; } secret) (
        about name (field secret) "a secret's name has 1 to 64 letters, digits and underscores, and does not begin with a digit."
      )
    ) named
    # Whatever it is given as: the password is a credential of that name, too.
    ++ map (
      secret:
      unless (!elem secret (attach.secretVariables app.attach)) (
        about name (field secret) "the app is given its database's password under this name. Choose another name, or let it sign in over the socket."
      )
    ) named
    ++ concatMap (secret: [
      (unless (!app.run.env ? ${secret}) (
        about name (field secret) "run.env has a variable of this name as well. Take the secret's place out of run.env, or rename one of them."
      ))
      (unless (!reserved ? ${secret} && !elem secret taken) (
        about name (field secret) "the app has a variable of this name already, from Croft or from systemd. Choose another name."
      ))
    ]) (secrets.variables app.run.secrets)
    ++ concatMap (
      secret: sopsKey (about name "${field secret}.sops.key") "the app" app.run.secrets.${secret}.sops
    ) (attrNames (secrets.inGit app.run.secrets))
  );

  # -- what apps are attached to ---------------------------------------------------------------------------------------

  short = value: builtins.toJSON (builtins.substring 0 80 value);
  counted =
    name: field: most: set:
    unless (length (attrNames set) <= most) (about name field "${toString (length (attrNames set))} are more than ${toString most}.");

  engines = {
    postgresql = "PostgreSQL";
    mysql = "MariaDB";
  };
  attachedTo = engine: lib.filter (name: apps.${name}.attach.${engine} != null) (attrNames apps);

  databases = concatMap (
    engine:
    let
      users = attachedTo engine;
      databaseOf = name: attach.database name apps.${name}.attach.${engine};
      field = "attach.${engine}";
    in
    concatMap (
      name:
      let
        database = databaseOf name;
        others = lib.filter (other: other != name && databaseOf other == database) users;
      in
      [
        (unless (services.${engine} != null) (
          about name field "the box has no ${engines.${engine}}: services.${engine} is missing. Add it, or detach the app."
        ))
        (unless (!attach.isReserved database) (
          about name "${field}.database" "${database} is a name that the server keeps for itself. Choose another."
        ))
        (unless (others == [ ]) (
          about name "${field}.database" "${database} is also the database of app ${builtins.head (others ++ [ "" ])}. Each app has its own."
        ))
      ]
    ) users
  ) (attrNames engines);

  volumes = each (
    name: app:
    [ (counted name "attach.storage" 32 app.attach.storage) ]
    ++ map (
      volume:
      unless (text.matches { pattern = attach.volumePattern; maxLength = 31; } volume) (
        about name "attach.storage.${short volume}" "a volume's name has 1 to 31 characters, a to z, 0 to 9 and dash, and begins with a letter."
      )
    ) (attrNames app.attach.storage)
  );

  jobs = each (
    name: app:
    [ (counted name "jobs" 32 app.jobs) ]
    ++ concatMap (
      job:
      [
        (unless (text.matches { pattern = attach.volumePattern; maxLength = 31; } job) (
          about name "jobs.${short job}" "a job's name has 1 to 31 characters, a to z, 0 to 9 and dash, and begins with a letter."
        ))
      ]
      ++ argumentVector name "jobs.${job}.command" "Name the program." app.jobs.${job}.command
    ) (attrNames app.jobs)
  );

  # `a-b` with a job `c` and `a` with a job `b-c` would be one unit.
  jobUnits = concatMap (
    name:
    map (job: {
      inherit name job;
      unit = names.job name job;
    }) (attrNames apps.${name}.jobs)
  ) (attrNames apps);
  jobsByUnit = builtins.groupBy (one: one.unit) jobUnits;
  jobClashes = concatMap (
    unit:
    let
      same = jobsByUnit.${unit};
      first = builtins.head same;
      second = builtins.elemAt same 1;
    in
    lib.optional (length same > 1) (
      unless false (
        about second.name "jobs.${second.job}" "its unit would be ${unit}.service, which is that of job ${first.job} of app ${first.name}. Choose another name."
      )
    )
  ) (attrNames jobsByUnit);

  mailAttached = each (
    name: app:
    let
      inherit (app.attach.mail) from;
    in
    lib.optionals (app.attach.mail != null) [
      (unless (services.mail != null) (
        about name "attach.mail" "the box has no mail: services.mail is missing. Add it, or detach the app."
      ))
      (unless (from != [ ] && length from <= 16) (
        about name "attach.mail.from" "it has 1 to 16 addresses as which the app sends, and not ${toString (length from)}."
      ))
      (unless (lib.unique from == from) (about name "attach.mail.from" "an address is listed twice."))
    ]
  );

  mailServer =
    let
      inherit (services.mail) server;
      about = field: rest: "croft: services.mail.server.${field}: ${rest}";
      addressed = {
        pattern = "${mail.mailboxName}@${domain.pattern}";
        maxLength = 254;
      };
      isAddress = address: text.matches addressed address && stringLength (mail.nameOf address) <= 64;
      isCatchAll = address: mail.isDomain address && text.matches domain (builtins.substring 1 254 address);
      ours = field: address: unless (elem (mail.domainOf address) server.domains) (
        about field "${mail.domainOf address} is not one of services.mail.server.domains. Add the domain, or choose another address."
      );
      certificate = lib.filter (name: elem server.hostname apps.${name}.domains || elem server.hostname (sources name)) (attrNames apps);
    in
    lib.optionals (services.mail != null) (
      [
        (unless (services.mail.relay != null || server != null)
          "croft: services.mail: it has a relay, a server or both. Leave it out when the box has no mail."
        )
      ]
      ++ lib.optionals (server != null) (
        [
          (unless (server.domains != [ ] && length server.domains <= 64) (
            about "domains" "there are 1 to 64 of them, and not ${toString (length server.domains)}."
          ))
          (unless (lib.unique server.domains == server.domains) (about "domains" "a domain is listed twice."))
          (unless (length (attrNames server.mailboxes) <= 1000) (
            about "mailboxes" "${toString (length (attrNames server.mailboxes))} are more than 1000."
          ))
          (unless (length (attrNames server.aliases) <= 1000) (
            about "aliases" "${toString (length (attrNames server.aliases))} are more than 1000."
          ))
          (unless (server.tls != "acme" || host.acme != null)
            "croft: host.acme: the certificate of the mail server comes by ACME, and an authority wants to know whom to write to. Set host.acme.email, or another services.mail.server.tls."
          )
        ]
        ++ map (
          name:
          unless (apps.${name}.web.tls == server.tls) (
            about "tls" "${server.hostname} is also a domain of app ${name}, whose certificates are ${apps.${name}.web.tls}. One name has one certificate: choose the same kind, or another hostname."
          )
        ) certificate
        ++ concatMap (
          address:
          let
            field = "mailboxes.${short address}";
          in
          [
            (unless (isAddress address) (
              about field "a mailbox's address is in lower case: a to z, 0 to 9 and . _ - before the @, at most 64 of them."
            ))
          ]
          ++ lib.optional (isAddress address) (ours field address)
        ) (attrNames server.mailboxes)
        ++ concatMap (
          address:
          let
            field = "aliases.${short address}";
            targets = server.aliases.${address};
          in
          [
            (unless (isAddress address || isCatchAll address) (
              about field "an alias is an address in lower case, a to z, 0 to 9 and . _ - before the @; or @ and a domain."
            ))
            (unless (!server.mailboxes ? ${address}) (about field "there is a mailbox of this address as well. Take out one of the two."))
            (unless (targets != [ ] && length targets <= 64) (
              about field "it leads to 1 to 64 addresses, and not ${toString (length targets)}."
            ))
            (unless (lib.unique targets == targets) (about field "an address is listed twice."))
          ]
          ++ lib.optional (isAddress address || isCatchAll address) (ours field address)
        ) (attrNames server.aliases)
      )
    );

  # Shared memory counts against the limit: the server would be ended as soon as it is used.
  memory =
    service: setting:
    let
      inherit (services.${service}) limits settings;
      wanted = settings.${setting};
    in
    lib.optional (services.${service} != null && limits.memoryMax != null && wanted != null) (
      unless (size.less wanted limits.memoryMax)
        "croft: services.${service}.settings.${setting}: ${wanted} do not fit into limits.memoryMax, which is ${limits.memoryMax}. Raise the limit, or lower the setting."
    );

  watched =
    let
      wanted = services.monitoring;
      about = field: rest: "croft: services.monitoring${field}: ${rest}";
      isOn = monitoring.exporters wanted;
    in
    lib.optionals (wanted != null) (
      [
        (unless (isOn != [ ] || wanted.otlp != null) (
          about "" "it has an exporter, an OpenTelemetry server (otlp), or both. Leave it out when nothing outside watches the box."
        ))
        (unless (wanted.exporters.postgresql == null || services.postgresql != null) (
          about ".exporters.postgresql" "the box has no PostgreSQL: services.postgresql is missing. Add it, or take the exporter out."
        ))
        (unless (!wanted.openFirewall || !monitoring.isLoopback wanted.address) (
          about ".openFirewall" "nobody outside reaches ${wanted.address}, whatever the firewall says. Set services.monitoring.address to that of an interface, or leave the firewall shut."
        ))
      ]
      ++ lib.optional (wanted.otlp != null) (
        unless (wanted.otlp.metrics || wanted.otlp.logs) (
          about ".otlp" "it sends neither metrics nor logs. Let it send one of them, or take it out."
        )
      )
    );

  mailIsProvedOverHttp =
    services.mail != null
    && services.mail.server != null
    && (services.mail.server.tls == "internal" || services.mail.server.tls == "acme" && host.acme != null && host.acme.dns == null);

  # Everything that takes a port of the box, as { port, field, owner }.
  ports =
    each (
      name: app:
      lib.optional (app.run.port != null) {
        inherit (app.run) port;
        field = about name "run.port";
        owner = "app ${name}";
      }
    )
    ++ map (port: {
      inherit port;
      field = null;
      owner = "sshd";
    }) (lib.optionals config.services.openssh.enable config.services.openssh.ports)
    ++ lib.optionals (lib.any (app: app.domains != [ ]) (builtins.attrValues apps) || mailIsProvedOverHttp) (
      map (port: {
        inherit port;
        field = null;
        owner = "the web server";
      }) [ 80 443 ]
    )
    ++ lib.optionals (services.mail != null && services.mail.server != null) (
      map (port: {
        inherit port;
        field = null;
        owner = "the mail server";
      }) [ 25 465 587 993 ]
    )
    ++ lib.optional (services.mail != null) {
      port = mail.ownPort;
      field = null;
      owner = "the box's mail";
    }
    ++ map (exporter: {
      inherit (exporter) port;
      field = rest: "croft: services.monitoring.exporters.${exporter.name}: ${rest}";
      owner = "the exporter of ${exporter.of}";
    }) (lib.optionals (services.monitoring != null) (monitoring.exporters services.monitoring))
    ++ lib.optional (services.postgresql != null) {
      port = 5432;
      field = null;
      owner = "PostgreSQL";
    }
    ++ lib.optional (services.mysql != null) {
      port = 3306;
      field = null;
      owner = "MariaDB";
    }
    ++ lib.optional (lib.any (app: app.web.tls == "internal") (builtins.attrValues apps)) {
      port = 30443;
      field = null;
      owner = "the certificate authority";
    };

  portClashes = concatMap (
    mine:
    map (
      theirs:
      unless false (mine.field "${toString mine.port} is also the port of ${theirs.owner}. Choose another.")
    ) (filter (theirs: theirs.port == mine.port && theirs.owner != mine.owner) ports)
  ) (filter (entry: entry.field != null) ports);

  reachability = each (
    name: app:
    [
      (unless (app.domains == [ ] || app.run.port != null) (
        about name "run.port" "the app has a domain, so the web server needs to know the port. Set it, or remove the domain."
      ))
      (unless (app.health == null || app.run.port != null) (
        about name "run.port" "the health check asks the app over HTTP, so it needs the port. Set it, or remove health."
      ))
      (unless (app.build.builder != "static" || app.run.port != null) (
        about name "run.port" "static files are served on a port. Set it."
      ))
      (unless (app.isolation == "service" || app.run.port == null || app.run.port >= 1024) (
        about name "run.port" "at the isolation level ${app.isolation} an app has no privilege, and a port below 1024 takes one. Choose another; with a domain people need no port at all."
      ))
      (unless (length app.domains <= 32) (about name "domains" "${toString (length app.domains)} names are more than 32."))
      (unless (lib.unique app.domains == app.domains) (about name "domains" "a name is listed twice."))
    ]
    ++ concatMap (
      other:
      map (domain: unless false (about name "domains" "${domain} also belongs to app ${other}. One app answers for a name.")) (
        filter (domain: elem domain apps.${other}.domains) app.domains
      )
    ) (filter (other: other != name) (attrNames apps))
  );

  # -- the web server ------------------------------------------------------------------------------------------------

  isWildcard = domain: builtins.substring 0 2 domain == "*.";
  domain = {
    # Of the same shape as the option's own type: an attribute's name has none.
    pattern = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*";
    maxLength = 253;
  };
  sources = name: attrNames apps.${name}.web.redirects;

  web = each (
    name: app:
    let
      redirect = from: "web.redirects.${builtins.toJSON (builtins.substring 0 80 from)}";
      to = from: app.web.redirects.${from};
      others = filter (other: other != name) (attrNames apps);
      claimedBy = from: filter (other: elem from apps.${other}.domains || elem from (sources other)) others;
    in
    [
      (unless (app.web.tls == "none" || app.domains != [ ]) (
        about name "web.tls" "a certificate is for a domain, and the app has none. Give it one, or set tls to none."
      ))
      (unless (app.web.tls != "acme" || host.acme != null)
        "croft: host.acme: the certificates of app ${name} come by ACME, and an authority wants to know whom to write to. Set host.acme.email, or another apps.${name}.web.tls."
      )
      (unless (length (sources name) <= 32) (
        about name "web.redirects" "${toString (length (sources name))} names are more than 32."
      ))
    ]
    ++ concatMap (
      wildcard:
      [
        (unless (app.web.tls != "none" && app.web.tls != "internal") (
          about name "domains" "${wildcard} is every name below a domain, which web.tls ${app.web.tls} cannot serve. Set it to acme, uploaded or self-signed, or list the names."
        ))
        (unless (app.web.tls != "acme" || host.acme == null || host.acme.dns != null) (
          about name "domains" "${wildcard} can only be proved by a record of its zone. Set host.acme.dns, or list the names."
        ))
      ]
    ) (filter isWildcard app.domains)
    ++ concatMap (
      from:
      [
        (unless (text.matches domain from) (
          about name (redirect from) "a domain name has lower case letters, digits, dashes and dots, at most 253 of them."
        ))
        (unless (!elem from app.domains) (
          about name (redirect from) "the app itself answers for this name. Take it out of domains, or take out the redirect."
        ))
        (unless (elem (to from) app.domains || !elem (to from) (sources name)) (
          about name (redirect from) "${to from} is redirected, too: a redirect leads to one of the app's domains, or a visitor would be sent in circles."
        ))
        (unless (elem (to from) app.domains || elem (to from) (sources name)) (
          about name (redirect from) "${to from} is not one of the app's domains. A redirect leads to one of them."
        ))
      ]
      ++ map (
        other: unless false (about name (redirect from) "this name belongs to app ${other}. One app answers for a name.")
      ) (claimedBy from)
    ) (sources name)
  );

  acme =
    let
      dns = host.acme.dns;
      provider = acmeDns.${dns.provider};
      about = setting: "croft: host.acme.dns.settings.${builtins.toJSON (builtins.substring 0 80 setting)}";
    in
    lib.optionals (host.acme != null) (
      [
        (unless (host.acme.caCertificate == null || builtins.substring 0 8 host.acme.server == "https://")
          "croft: host.acme.caCertificate: ${host.acme.server} is known to everybody; a root certificate is for an authority of one's own. Take it out."
        )
      ]
      ++ lib.optionals (dns != null) (
        map (
          setting:
          unless (elem setting provider.settings) (
            "${about setting}: ${dns.provider} has no such setting"
            + (
              if provider.secrets ? ${setting} then
                "; it is a secret of the service acme."
              else if provider.settings == [ ] then
                "."
              else
                "; it has ${lib.concatStringsSep ", " provider.settings}."
            )
          )
        ) (attrNames dns.settings)
      )
    );

  # Which fields make a place of each kind; all others are none of its business.
  backupFields = {
    local = { needs = [ "path" ]; takes = [ ]; };
    sftp = { needs = [ "host" "user" "path" "hostKey" ]; takes = [ "port" ]; };
    s3 = { needs = [ "endpoint" "bucket" ]; takes = [ "prefix" "region" ]; };
  };
  # A copy there would be overwritten, be a copy of itself, or be gone after the next start.
  noPlaceFor =
    path:
    lib.findFirst (
      place: path == place || lib.hasPrefix "${place}/" path
    ) null [ "/nix" "/etc" "/proc" "/sys" "/dev" "/run" "/tmp" "/boot" "/bin" "/usr" ];
  inCroft = path: path == "/var/lib/croft" || lib.hasPrefix "/var/lib/croft/" path && !lib.hasPrefix "/var/lib/croft/backups/" path;

  backups =
    let
      inherit (config.croft.backups) targets;
      about = name: field: rest: "croft: backups.targets.${name}${field}: ${rest}";
    in
    [
      (unless (length (attrNames targets) <= 8) "croft: backups.targets: ${toString (length (attrNames targets))} are more than 8.")
    ]
    ++ concatMap (
      name:
      let
        target = targets.${name};
        fields = backupFields.${target.type};
        given = filter (field: !elem field [ "_module" "type" ] && target.${field} != null) (attrNames target);
        path = target.path;
        refusal = if path == null then null else noPlaceFor path;
      in
      [
        (unless (text.matches { pattern = "[a-z][a-z0-9-]{0,23}"; maxLength = 24; } name)
          "croft: backups.targets.${builtins.toJSON (builtins.substring 0 80 name)}: a target's name has 1 to 24 characters, a to z, 0 to 9 and dash, and begins with a letter."
        )
      ]
      ++ map (
        field: unless (target.${field} != null) (about name ".${field}" "the field is missing, and a target of type ${target.type} has it.")
      ) fields.needs
      ++ map (
        field: unless (elem field (fields.needs ++ fields.takes)) (about name ".${field}" "a target of type ${target.type} has no such field. Take it out.")
      ) given
      ++ lib.optionals (target.type == "local" && path != null) [
        (unless (builtins.substring 0 1 path == "/") (about name ".path" "${path} does not begin with a slash. Name the directory in full."))
        (unless (refusal == null && !inCroft path) (
          about name ".path" "${path} is no place for backups: choose another disk, or a directory below /var/lib/croft/backups."
        ))
      ]
    ) (attrNames targets)
    ++ each (
      name: app: [
        (unless (length app.backup.exclude <= 64) (
          "croft: apps.${name}.backup.exclude: ${toString (length app.backup.exclude)} patterns are more than 64."
        ))
      ]
    );

  users = map names.user (attrNames apps);

  # What each of the box's services takes of secrets.
  serviceSecrets =
    lib.optionalAttrs (services.mail != null && services.mail.relay != null && services.mail.relay.user != null) { mail = secrets.relay; }
    // lib.optionalAttrs (services.monitoring != null && services.monitoring.otlp != null && services.monitoring.otlp.header != null) {
      monitoring = secrets.otlp;
    }
    // lib.optionalAttrs (host.acme != null && host.acme.dns != null) { acme = secrets.dns host.acme.dns; }
    // lib.mapAttrs' (name: target: lib.nameValuePair "backup-${name}" secrets.backup.${target.type}) config.croft.backups.targets;

  secretsInGit = concatMap (
    service:
    concatMap (
      name:
      let
        said =
          pattern: maxLength: word:
          if text.matches { inherit pattern maxLength; } word then word else builtins.toJSON (builtins.substring 0 80 word);
        field = "croft: secrets.${said names.appPattern 31 service}.${said secrets.namePattern 64 name}";
      in
      [
        (unless (elem name (serviceSecrets.${service} or [ ])) (
          "${field}: "
          + (
            if !serviceSecrets ? ${service} then
              "no service of this box takes secrets under this name"
              + (if serviceSecrets == { } then "." else "; ${lib.concatStringsSep ", " (attrNames serviceSecrets)} do.")
            else
              "${service} takes no secret of this name; it takes ${lib.concatStringsSep ", " serviceSecrets.${service}}."
          )
        ))
      ]
      ++ sopsKey (rest: "${field}.sops.key: ${rest}") "the service" config.croft.secrets.${service}.${name}.sops
    ) (attrNames config.croft.secrets.${service})
  ) (attrNames config.croft.secrets);

  openPorts = map (
    protocol:
    let
      count = length host.firewall.${protocol};
    in
    unless (count <= 256) "croft: host.firewall.${protocol}: ${toString count} ports are more than 256."
  ) [ "tcp" "udp" ];

  modules = unless (length host.machine.kernelModules <= 32)
    "croft: host.machine.kernelModules: ${toString (length host.machine.kernelModules)} modules are more than 32.";

  # An account of a service under the name of a person would be both, with the rights of both.
  ofServices = attrNames (
    lib.filterAttrs (_: user: user.isSystemUser || (user.uid != null && user.uid < 1000)) config.users.users
  );

  people = concatMap (
    name:
    [
      (unless (text.matches { pattern = names.appPattern; maxLength = 31; } name)
        "croft: host.users.${builtins.toJSON (builtins.substring 0 80 name)}: a user's name has 1 to 31 characters, a to z, 0 to 9 and dash, and begins with a letter."
      )
      (unless (!names.isReservedUser name && !elem name ofServices)
        "croft: host.users.${name}: the system has a user of this name, or keeps it for one. Choose another."
      )
      (unless (length host.users.${name}.keys <= 32)
        "croft: host.users.${name}.keys: ${toString (length host.users.${name}.keys)} keys are more than 32."
      )
    ]
  ) (attrNames host.users);
in
{
  assertions =
    appNames
    ++ [ modules ]
    ++ command
    ++ environment
    ++ secretNames
    ++ secretsInGit
    ++ databases
    ++ volumes
    ++ jobs
    ++ jobClashes
    ++ mailAttached
    ++ mailServer
    ++ watched
    ++ memory "postgresql" "shared_buffers"
    ++ memory "mysql" "innodb_buffer_pool_size"
    ++ catalogue
    ++ portClashes
    ++ reachability
    ++ web
    ++ acme
    ++ openPorts
    ++ people
    ++ backups
    ++ [
      (unless (length (attrNames apps) <= 500) "croft: apps: ${toString (length (attrNames apps))} are more than 500.")
      (unless (lib.unique users == users) "croft: apps: two long names lead to the same user name. Rename one of them.")
    ];

  warnings = each (
    name: app:
    lib.optional (builtins.substring 0 7 app.source.url == "http://") (
      about name "source.url" "the source is fetched without encryption; only its hash protects it."
    )
  );
}
