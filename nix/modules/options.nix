# The schema of state.json. docs/state.md explains each field; a test holds the two together.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  croftTypes = import ./types.nix { inherit lib; };
  inherit (import ../lib) acmeDns state;

  source = {
    options = {
      type = mkOption {
        type = types.enum [
          "git"
          "catalogue"
        ];
        description = "Kind of the source: a git repository, or an app that comes with Croft.";
      };
      url = mkOption {
        type = croftTypes.sourceUrl;
        description = "Address of the git repository, or `croft:` and the name of the app.";
        example = "https://git.example/ada/blog.git";
      };
      rev = mkOption {
        type = croftTypes.gitRevision;
        description = "The commit that is deployed.";
      };
      narHash = mkOption {
        type = croftTypes.narHash;
        description = "Hash of the commit's files as a Nix archive; other files are refused.";
      };
      ref = mkOption {
        type = types.nullOr croftTypes.gitRef;
        default = null;
        description = "Branch or tag that `rev` was resolved from. It tells where to find the commit; it never moves it.";
        example = "main";
      };
    };
  };

  build = {
    options.builder = mkOption {
      type = types.enum [
        "flake"
        "static"
        "python"
        "node"
      ];
      description = "How the source becomes a program.";
    };
  };

  sops.options = {
    file = mkOption {
      type = croftTypes.flakeFile;
      description = "The file that sops has encrypted, by its path in the box's flake.";
      example = "secrets/shop.yaml";
    };
    key = mkOption {
      type = types.nullOr croftTypes.sopsKey;
      default = null;
      description = "Which value of a YAML or JSON file. Without it, the whole file.";
      example = "api/key";
    };
  };

  serviceSecret.options.sops = mkOption {
    type = types.submodule sops;
    description = "Where in the box's flake the value is kept, encrypted by sops.";
  };

  secret.options = {
    as = mkOption {
      type = types.enum [
        "file"
        "env"
        "envFile"
      ];
      default = "file";
      description = ''
        How the app gets it: as the file of that name in `$CREDENTIALS_DIRECTORY`, as the variable of that name, or as a file of
        NAME=VALUE lines that each become a variable. The file is there in any case.
      '';
    };
    sops = mkOption {
      type = types.nullOr (types.submodule sops);
      default = null;
      description = "Where in the box's flake the value is kept, encrypted by sops. Without it, it is sealed on the box.";
    };
  };

  commandType = types.listOf (croftTypes.processText 65536);

  hooks.options.migrate = mkOption {
    type = types.nullOr commandType;
    default = null;
    description = "Runs once for each version of the app, before that version starts: what brings its data up to date. When it fails, the version does not start.";
    example = [
      "python3"
      "manage.py"
      "migrate"
    ];
  };

  run = {
    options = {
      command = mkOption {
        type = types.nullOr commandType;
        default = null;
        description = ''
          Program and arguments, given to the process as they are: no shell, no expansion. The program is a plain
          name, looked up among the builder's programs, or a path below the source (`./serve`). Without it the
          builder's default runs.
        '';
        example = [
          "python3"
          "serve.py"
        ];
      };
      port = mkOption {
        type = types.nullOr (types.ints.between 1 65535);
        default = null;
        description = "TCP port on which the app listens; it is told by `PORT`. Without it nothing is reachable.";
      };
      env = mkOption {
        type = types.attrsOf (croftTypes.processText 65536);
        default = { };
        description = "Environment of the process, carried unchanged. Not for secrets: it is readable on the box.";
      };
      secrets = mkOption {
        type = types.attrsOf (types.submodule secret);
        default = { };
        description = ''
          Secrets that the app gets, by name. The values are not part of the state: the console sends them to the box, which
          seals them. A box that lacks one of them refuses the change.
        '';
      };
      hooks = mkOption {
        type = types.submodule hooks;
        default = { };
        description = "Commands that run at certain moments.";
      };
    };
  };

  limits = {
    options = {
      memoryMax = mkOption {
        type = croftTypes.memory;
        default = "512M";
        description = "Memory beyond which the app is killed and restarted.";
      };
      cpuQuota = mkOption {
        type = croftTypes.cpuQuota;
        default = "100%";
        description = "CPU time, in percent of one CPU.";
      };
      tasksMax = mkOption {
        type = types.ints.between 8 32768;
        default = 256;
        description = "Processes and threads.";
      };
    };
  };

  health = {
    options = {
      path = mkOption {
        type = croftTypes.urlPath;
        default = "/";
        description = "Path that answers 200 to 399 when the app is well.";
      };
      timeoutSeconds = mkOption {
        type = types.ints.between 1 600;
        default = 30;
        description = "How long a change waits for that answer before it is taken back.";
      };
    };
  };

  web = {
    options = {
      tls = mkOption {
        type = types.enum [
          "none"
          "acme"
          "internal"
          "self-signed"
          "uploaded"
        ];
        default = "none";
        description = "Where the certificates of the app's domains come from.";
      };
      maxBody = mkOption {
        type = croftTypes.bodySize;
        default = "10M";
        description = "The largest request body, such as an upload.";
      };
      redirects = mkOption {
        type = types.attrsOf croftTypes.plainDomain;
        default = { };
        description = "Names that lead to one of the app's domains.";
        example = {
          "www.shop.example" = "shop.example";
        };
      };
      redirectToHttps = mkOption {
        type = types.bool;
        default = true;
        description = "Whether http leads to https, where there is a certificate.";
      };
    };
  };

  attach = {
    options = {
      postgresql = mkOption {
        type = types.nullOr (types.submodule {
          options = {
            database = databaseOption;
            access = accessOption;
            extensions = mkOption {
              type = types.listOf (types.enum postgresqlExtensions);
              default = [ ];
              description = "Extensions that the database has.";
            };
          };
        });
        default = null;
        description = "A database of the box's PostgreSQL, for the app's own user alone.";
      };
      mysql = mkOption {
        type = types.nullOr (types.submodule {
          options = {
            database = databaseOption;
            access = accessOption;
          };
        });
        default = null;
        description = "A database of the box's MariaDB, for the app's own user alone.";
      };
      redis = mkOption {
        type = types.nullOr (types.submodule {
          options = {
            memoryMax = mkOption {
              type = croftTypes.sizeBetween "1M" "64G";
              default = "64M";
              description = "Memory for its data. Beyond it, a cache forgets what was used longest ago, and a persistent server refuses to write.";
            };
            persistent = mkOption {
              type = types.bool;
              default = true;
              description = "Whether its data outlives a restart. Without it, it is a cache.";
            };
          };
        });
        default = null;
        description = "A Redis server of the app's own.";
      };
      mail = mkOption {
        type = types.nullOr (types.submodule attachedMail);
        default = null;
        description = "A mail server of the app's own on the loopback, which takes its mail and sends it.";
      };
      storage = mkOption {
        type = types.attrsOf (types.submodule {
          options.quota = mkOption {
            type = types.nullOr croftTypes.diskSpace;
            default = null;
            description = "How large the volume is meant to become. The console shows when it does; no file system is told to enforce it.";
          };
        });
        default = { };
        description = "Directories of the app's own for its files, by name.";
      };
    };
  };

  attachedMail.options = {
    from = mkOption {
      type = types.listOf croftTypes.sender;
      description = "As whom the app may send: addresses, or @ and a domain for every address of it.";
      example = [ "shop@attic.example" ];
    };
    perHour = mkOption {
      type = types.ints.between 1 100000;
      default = 100;
      description = "How many messages the app may send in an hour.";
    };
  };

  accessOption = mkOption {
    type = types.enum [
      "socket"
      "password"
    ];
    default = "socket";
    description = "How the app signs in: over the server's socket, where the kernel says who it is, or over TCP on the loopback with a password that the box makes, for an app that knows no sockets.";
  };

  databaseOption = mkOption {
    type = types.nullOr croftTypes.database;
    default = null;
    description = "Name of the database. Without it, the app's, with _ for each dash.";
  };

  # Those that come with PostgreSQL, hurt nobody outside the database, and read no files.
  postgresqlExtensions = [
    "bloom" "btree_gin" "btree_gist" "citext" "cube" "dict_int" "earthdistance" "fuzzystrmatch" "hstore" "intarray" "isn"
    "lo" "ltree" "pg_stat_statements" "pg_trgm" "pgcrypto" "pgrowlocks" "seg" "tablefunc" "tcn" "tsm_system_rows" "tsm_system_time"
    "unaccent" "uuid-ossp"
  ];

  job = {
    options = {
      onCalendar = mkOption {
        type = croftTypes.calendar;
        description = "When it runs.";
        example = "Mon..Fri *-*-* 04:00";
      };
      command = mkOption {
        type = commandType;
        description = "Program and arguments, as in `run.command`.";
      };
      persistent = mkOption {
        type = types.bool;
        default = true;
        description = "Whether a run that was missed while the box was off is made up for.";
      };
      timeoutSeconds = mkOption {
        type = types.ints.between 1 604800;
        default = 3600;
        description = "How long a run may take before it is ended.";
      };
    };
  };

  appBackup = {
    options = {
      enabled = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the app's data is backed up, once the box has a target.";
      };
      exclude = mkOption {
        type = types.listOf croftTypes.backupPattern;
        default = [ ];
        description = "What of the app's directory is left out: names or patterns with * and ?, from the top of it where they begin with a slash.";
        example = [
          "/cache"
          "*.tmp"
        ];
      };
    };
  };

  backupTarget.options =
    let
      optional =
        type: description:
        mkOption {
          inherit description;
          type = types.nullOr type;
          default = null;
        };
    in
    {
      type = mkOption {
        type = types.enum [
          "local"
          "sftp"
          "s3"
        ];
        description = "Kind of the place.";
      };
      path = optional croftTypes.backupPath "Directory of the repository; with sftp it may be relative to the account's own.";
      host = optional croftTypes.serverName "The SFTP server.";
      port = optional (types.ints.between 1 65535) "Its port; 22 where none is named.";
      user = optional croftTypes.accountName "The account there.";
      hostKey = optional croftTypes.publicKey "The server's public key; another server is not talked to.";
      endpoint = optional croftTypes.s3Endpoint "Address of the S3 server.";
      bucket = optional croftTypes.s3Bucket "The bucket.";
      prefix = optional croftTypes.backupPath "Where in the bucket the repository is.";
      region = optional croftTypes.s3Region "The bucket's region, where the server wants to know it.";
    };

  keep =
    default: what:
    mkOption {
      type = types.ints.between 0 1000;
      inherit default;
      description = "For how many ${what} the last backup is kept.";
    };

  backups.options = {
    targets = mkOption {
      type = types.attrsOf (types.submodule backupTarget);
      default = { };
      description = "Where backups go, by name.";
    };
    schedule = mkOption {
      type = types.enum [
        "hourly"
        "daily"
        "weekly"
      ];
      default = "daily";
      description = "How often.";
    };
    retention = mkOption {
      type = types.submodule {
        options = {
          daily = keep 7 "days";
          weekly = keep 4 "weeks";
          monthly = keep 6 "months";
        };
      };
      default = { };
      description = "What is kept; the newest backup of an app always is.";
    };
    restoreTest = mkOption {
      type = types.enum [
        "never"
        "daily"
        "weekly"
        "monthly"
      ];
      default = "weekly";
      description = "How often what was kept is restored to see whether it works.";
    };
  };

  app = {
    options = {
      attach = mkOption {
        type = types.submodule attach;
        default = { };
        description = "What of the box the app uses.";
      };
      jobs = mkOption {
        type = types.attrsOf (types.submodule job);
        default = { };
        description = "Commands that run by the clock, by name.";
      };
      source = mkOption {
        type = types.submodule source;
        description = "Where the app comes from, pinned.";
      };
      build = mkOption {
        type = types.submodule build;
        description = "How it is built.";
      };
      isolation = mkOption {
        type = types.enum [ "service" "jail" "container" "podman" "microvm" ];
        default = "service";
        description = "How far the app is kept from the box and from other apps.";
      };
      run = mkOption {
        type = types.submodule run;
        default = { };
        description = "What is started.";
      };
      domains = mkOption {
        type = types.listOf croftTypes.domain;
        default = [ ];
        description = "Names under which the web server answers for the app. With none, the app's own port is open.";
      };
      web = mkOption {
        type = types.submodule web;
        default = { };
        description = "How the web server treats the app's domains.";
      };
      limits = mkOption {
        type = types.submodule limits;
        default = { };
        description = "What the app may use.";
      };
      health = mkOption {
        type = types.nullOr (types.submodule health);
        default = null;
        description = "How a change learns that the app is well. Without it, a listening port is enough, or a running process if there is no port.";
      };
      backup = mkOption {
        type = types.submodule appBackup;
        default = { };
        description = "What of the app is backed up.";
      };
    };
  };

  # nix/lib/settings has the list of a service's settings, for the console as well.
  settingType =
    row:
    {
      integer = types.ints.between row.min row.max;
      decimal = croftTypes.decimalBetween row.min row.max;
      boolean = types.bool;
      choice = types.enum row.choices;
      text = croftTypes.settingText row.maxLength;
      size = croftTypes.sizeBetween row.min row.max;
    }
    .${row.type};
  settings =
    rows:
    mkOption {
      type = types.submodule {
        options = lib.listToAttrs (
          map (
            row:
            lib.nameValuePair row.name (mkOption {
              type = types.nullOr (settingType row);
              default = null;
              description = row.what;
            })
          ) rows
        );
      };
      default = { };
      description = "Settings of the server; what is left out is as the server has it.";
    };
  serviceLimits = mkOption {
    type = types.submodule {
      options = {
        memoryMax = mkOption {
          type = types.nullOr croftTypes.memory;
          default = null;
          description = "Memory that the server may take.";
        };
        cpuQuota = mkOption {
          type = types.nullOr croftTypes.cpuQuota;
          default = null;
          description = "CPU time, in percent of one CPU.";
        };
      };
    };
    default = { };
    description = "What the server may use. Without a limit, what the box has.";
  };

  mailRelay.options = {
    host = mkOption {
      type = croftTypes.serverName;
      description = "The server that takes the box's mail and sends it on.";
      example = "smtp.example.net";
    };
    port = mkOption {
      type = types.nullOr (types.ints.between 1 65535);
      default = null;
      description = "Its port. Without it, 587, or 465 with `tls`.";
    };
    security = mkOption {
      type = types.enum [
        "starttls"
        "tls"
      ];
      default = "starttls";
      description = "Whether TLS begins with a command or with the connection. Mail never goes without it, nor to a server that cannot prove its name.";
    };
    user = mkOption {
      type = types.nullOr croftTypes.relayUser;
      default = null;
      description = "As whom the box signs in, with the secret RELAY_PASSWORD of the service mail. Without it, it does not.";
    };
  };

  mailServer.options = {
    hostname = mkOption {
      type = croftTypes.plainDomain;
      description = "Name of the box as a mail server: what MX records lead to, and what its certificate is for.";
      example = "mail.attic.example";
    };
    domains = mkOption {
      type = types.listOf croftTypes.plainDomain;
      description = "Domains whose mail ends here.";
    };
    mailboxes = mkOption {
      type = types.attrsOf (types.submodule {
        options.quota = mkOption {
          type = types.nullOr croftTypes.diskSpace;
          default = null;
          description = "How much mail it holds. What comes beyond that is refused.";
        };
      });
      default = { };
      description = "Mailboxes, by address.";
    };
    aliases = mkOption {
      type = types.attrsOf (types.listOf croftTypes.email);
      default = { };
      description = "Addresses whose mail goes elsewhere; @ and a domain is every address of it that there is not.";
    };
    messageMax = mkOption {
      type = croftTypes.sizeBetween "1M" "1G";
      default = "25M";
      description = "The largest message, as it is on its way: an attachment is a third larger there.";
    };
    backup = mkOption {
      type = types.bool;
      default = true;
      description = "Whether mail is backed up, once the box has a target.";
    };
    dkimSelector = mkOption {
      type = croftTypes.dkimSelector;
      default = "croft";
      description = "By which name the domains' zones know the key that outgoing mail is signed with.";
    };
    tls = mkOption {
      type = types.enum [
        "acme"
        "internal"
        "self-signed"
        "uploaded"
      ];
      default = "self-signed";
      description = "Where the server's certificate comes from.";
    };
  };

  mail.options = {
    relay = mkOption {
      type = types.nullOr (types.submodule mailRelay);
      default = null;
      description = "Who sends the box's mail on. Without it, the box delivers it itself.";
    };
    server = mkOption {
      type = types.nullOr (types.submodule mailServer);
      default = null;
      description = "Mail that ends here. Without it, the box only sends.";
    };
  };

  exporter =
    what:
    mkOption {
      type = types.nullOr (types.ints.between 1024 65535);
      default = null;
      description = "Port at which Prometheus finds the exporter of ${what}. Without it, there is none.";
    };

  otlp.options = {
    endpoint = mkOption {
      type = croftTypes.otlpEndpoint;
      description = "Where an OpenTelemetry server takes metrics and logs by OTLP over HTTP; `/v1/metrics` and `/v1/logs` are put behind it.";
      example = "https://otel.attic.example:4318";
    };
    metrics = mkOption {
      type = types.bool;
      default = true;
      description = "Whether metrics are sent: the box's own, and what the exporters say.";
    };
    logs = mkOption {
      type = types.bool;
      default = true;
      description = "Whether logs are sent: the box's journal.";
    };
    header = mkOption {
      type = types.nullOr croftTypes.headerName;
      default = null;
      description = "Header that the server wants to see, with the secret OTLP_HEADER of the service monitoring as its value. Without it, none is sent.";
      example = "Authorization";
    };
  };

  monitoring.options = {
    address = mkOption {
      type = croftTypes.ownAddress;
      default = "127.0.0.1";
      description = "The one address of the box at which the exporters listen.";
      example = "10.100.0.1";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets others reach the exporters.";
    };
    exporters = mkOption {
      type = types.submodule {
        options = {
          node = exporter "the machine";
          systemd = exporter "the units";
          postgresql = exporter "PostgreSQL";
        };
      };
      default = { };
      description = "What Prometheus can ask.";
    };
    otlp = mkOption {
      type = types.nullOr (types.submodule otlp);
      default = null;
      description = "The OpenTelemetry server that the box sends metrics and logs to. Without it, it sends none.";
    };
  };

  services = {
    options = {
      monitoring = mkOption {
        type = types.nullOr (types.submodule monitoring);
        default = null;
        description = "What monitoring systems outside get of the box.";
      };
      mail = mkOption {
        type = types.nullOr (types.submodule mail);
        default = null;
        description = "The box's mail: what apps send, and mailboxes.";
      };
      postgresql = mkOption {
        type = types.nullOr (types.submodule {
          options = {
            major = mkOption {
              type = types.ints.between 14 18;
              description = "Major version. Data belongs to it: another version is reached by an upgrade, not by this field alone.";
            };
            settings = settings (lib.importJSON ../lib/settings/postgresql.json);
            limits = serviceLimits;
          };
        });
        default = null;
        description = "The box's PostgreSQL server.";
      };
      mysql = mkOption {
        type = types.nullOr (types.submodule {
          options = {
            version = mkOption {
              type = types.nullOr (
                types.enum [
                  "10.6"
                  "10.11"
                  "11.4"
                  "11.8"
                ]
              );
              default = null;
              description = "Release series. Data belongs to it: another one is reached by an upgrade, not by this field alone. Without one it is that of nixpkgs, in NixOS's own directory.";
            };
            settings = settings (lib.importJSON ../lib/settings/mysql.json);
            limits = serviceLimits;
          };
        });
        default = null;
        description = "The box's MariaDB server.";
      };
    };
  };

  portList = types.listOf (types.ints.between 1 65535);

  firewall = {
    options = {
      tcp = mkOption {
        type = portList;
        default = [ ];
        description = "TCP ports that are open besides those of apps, web server and SSH.";
      };
      udp = mkOption {
        type = portList;
        default = [ ];
        description = "UDP ports that are open.";
      };
    };
  };

  ssh = {
    options.passwordAuthentication = mkOption {
      type = types.bool;
      default = false;
      description = "Whether people may sign in to the box with a password.";
    };
  };

  user = {
    options = {
      admin = mkOption {
        type = types.bool;
        default = false;
        description = "Whether this person may become root.";
      };
      keys = mkOption {
        type = types.listOf croftTypes.publicKey;
        default = [ ];
        description = "Public keys with which this person signs in over SSH.";
      };
    };
  };

  gc = {
    options = {
      automatic = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the box collects garbage by itself.";
      };
      keepGenerations = mkOption {
        type = types.ints.between 2 1000;
        default = 10;
        description = "How many of the newest generations stay; pinned ones and rollback targets stay as well.";
      };
      minFree = mkOption {
        type = croftTypes.diskSpace;
        default = "2G";
        description = "Free space in the store below which no deployment begins.";
      };
    };
  };

  dns = {
    options = {
      provider = mkOption {
        type = types.enum (builtins.attrNames acmeDns);
        description = "Who serves the domains' zones, by the name that lego has for it.";
      };
      settings = mkOption {
        type = types.attrsOf croftTypes.dnsSetting;
        default = { };
        description = "The provider's settings that are no secrets.";
      };
    };
  };

  acme = {
    options = {
      email = mkOption {
        type = croftTypes.email;
        description = "Whom the certificate authority writes to. Giving it accepts the authority's terms of service.";
        example = "ada@attic.example";
      };
      server = mkOption {
        type = croftTypes.acmeServer;
        default = "letsencrypt";
        description = "The certificate authority.";
        example = "https://ca.attic.example/acme/directory";
      };
      caCertificate = mkOption {
        type = types.nullOr croftTypes.certificatePem;
        default = null;
        description = "The root certificate by which the ACME client knows an authority of one's own.";
      };
      dns = mkOption {
        type = types.nullOr (types.submodule dns);
        default = null;
        description = "Proves domains by records in their zones, instead of over port 80. Wildcards can be proved no other way.";
      };
    };
  };

  buildLimits = {
    options = {
      memoryMax = mkOption {
        type = croftTypes.memoryShare;
        default = "75%";
        description = "Memory that builds and evaluations may take together, in percent of the machine's.";
      };
      cpuWeight = mkOption {
        type = types.ints.between 1 1000;
        default = 20;
        description = "Their share of the CPUs while others want them, too; an app has 100.";
      };
      ioWeight = mkOption {
        type = types.ints.between 1 1000;
        default = 20;
        description = "Their share of the disks while others want them, too; an app has 100.";
      };
    };
  };

  machine =
    let
      asItIs =
        description:
        mkOption {
          type = types.nullOr types.bool;
          default = null;
          description = "${description} Without it, as the box's own configuration says.";
        };
    in
    {
      options = {
        persistentJournal = asItIs "Whether the logs are kept on the disk, and outlive a restart.";
        timeSync = asItIs "Whether systemd-timesyncd sets the clock.";
        ipv6 = asItIs "Whether the box speaks IPv6.";
        zramSwap = asItIs "Whether memory that is not in use is compressed, in place of a swap partition.";
        kernelModules = mkOption {
          type = types.listOf croftTypes.kernelModule;
          default = [ ];
          description = "Kernel modules that are loaded at the start, beside those of the box's own configuration.";
        };
      };
    };

  host = {
    options = {
      name = mkOption {
        type = croftTypes.hostName;
        description = "Name of the box, also its attribute in `nixosConfigurations`.";
      };
      stateVersion = mkOption {
        type = croftTypes.release;
        description = "NixOS release at installation. Data formats follow it: it is not changed to upgrade.";
      };
      timezone = mkOption {
        type = croftTypes.timezone;
        default = "UTC";
        description = "Time zone of the box.";
      };
      firewall = mkOption {
        type = types.submodule firewall;
        default = { };
        description = "Ports that are open.";
      };
      ssh = mkOption {
        type = types.submodule ssh;
        default = { };
        description = "How people sign in over SSH.";
      };
      users = mkOption {
        type = types.attrsOf (types.submodule user);
        default = { };
        description = "The people who have an account on the box, by name.";
      };
      gc = mkOption {
        type = types.submodule gc;
        default = { };
        description = "What is kept, and when the box makes room.";
      };
      acme = mkOption {
        type = types.nullOr (types.submodule acme);
        default = null;
        description = "Who asks for certificates, and whom.";
      };
      build = mkOption {
        type = types.submodule buildLimits;
        default = { };
        description = "What builds may use.";
      };
      machine = mkOption {
        type = types.submodule machine;
        default = { };
        description = "What the machine has to offer.";
      };
    };
  };
in
{
  options.croft = {
    stateFile = mkOption {
      type = types.path;
      description = "The state.json that describes this box.";
      example = "./state.json";
    };
    fetchSource = mkOption {
      # A function from an app's `source` to its files; tests give them without a network.
      type = types.unspecified;
      default = import ../builders/source.nix;
      internal = true;
      description = "How the files of an app are fetched.";
    };
    version = mkOption {
      type = types.enum [ state.version ];
      readOnly = true;
      description = "Version of the format.";
    };
    host = mkOption {
      type = types.submodule host;
      description = "The box itself.";
    };
    backups = mkOption {
      type = types.submodule backups;
      default = { };
      description = "Backups of the apps' data and of what the box is built from.";
    };
    apps = mkOption {
      type = types.attrsOf (types.submodule app);
      default = { };
      description = "The apps, by name.";
    };
    services = mkOption {
      type = types.submodule services;
      default = { };
      description = "Servers of the box that apps can be attached to.";
    };
    secrets = mkOption {
      type = types.attrsOf (types.attrsOf (types.submodule serviceSecret));
      default = { };
      description = "Secrets of the box's own services that are kept in git, by service and name. All others are sealed on the box.";
    };
  };
}
