# Option types with bounds. Every length is in bytes, as Nix and the kernel count.
{ lib }:
let
  inherit (lib) mkOptionType types;
  inherit (lib.options) mergeEqualOption;
  inherit (import ../lib) text names sshKeys size attach;

  # Like `types.strMatching`, but looks at the length first: a pattern is never tried on a long value.
  boundedString =
    {
      name,
      description,
      maxLength,
      minLength ? 0,
      pattern ? null,
      accepts ? (_: true),
    }:
    mkOptionType {
      inherit name description;
      check =
        value:
        builtins.isString value
        && builtins.stringLength value >= minLength
        && builtins.stringLength value <= maxLength
        && (pattern == null || builtins.match pattern value != null)
        && accepts value;
      merge = mergeEqualOption;
    };

  hostLabel = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  domainName = "${hostLabel}(\\.${hostLabel})*";
  privateAddress = "(localhost|127(\\.[0-9]{1,3}){3}|10(\\.[0-9]{1,3}){3}|192\\.168(\\.[0-9]{1,3}){2}|172\\.(1[6-9]|2[0-9]|3[01])(\\.[0-9]{1,3}){2}|\\[::1]|\\[[fF][cdCD][0-9a-fA-F:]{1,40}])";
  anyAddress = "([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]{2,45}])";
  port = "(:[0-9]{1,5})?";
  # No query, fragment or blank: the address becomes part of a flake reference.
  path = "[A-Za-z0-9._~%+=@,/-]*";
in
{
  hostName = boundedString {
    name = "croftHostName";
    description = "host name matching [a-z][a-z0-9-]{0,30}";
    maxLength = 31;
    pattern = names.appPattern;
  };

  release = boundedString {
    name = "croftRelease";
    description = "NixOS release such as 26.05";
    maxLength = 5;
    pattern = "[0-9]{2}\\.(03|05|09|11)";
  };

  timezone = boundedString {
    name = "croftTimezone";
    description = "time zone such as Europe/Paris, at most 64 bytes";
    maxLength = 64;
    pattern = "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}";
  };

  # `croft:<name>` is an app of ../catalogue; asserts.nix holds address and kind together.
  sourceUrl = boundedString {
    name = "croftSourceUrl";
    description = "git address: https://…, ssh://…, user@host:path, or http:// to a private address; at most 2048 bytes, without password, query or fragment; or croft:… for an app that comes with Croft";
    maxLength = 2048;
    pattern = "croft:[a-z][a-z0-9-]{0,30}|https://${anyAddress}${port}/${path}|http://${privateAddress}${port}/${path}|ssh://([A-Za-z0-9._-]+@)?${anyAddress}${port}/${path}|[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]{0,252}:[A-Za-z0-9._~][A-Za-z0-9._~%+=@,/-]*";
  };

  gitRef = boundedString {
    name = "croftGitRef";
    description = "git ref of at most 250 bytes";
    maxLength = 250;
    pattern = "[A-Za-z0-9_][A-Za-z0-9._/+@-]*";
    accepts = value: !text.contains ".." value && !text.contains "@{" value && !text.contains "//" value;
  };

  gitRevision = boundedString {
    name = "croftGitRevision";
    description = "git commit of 40 hexadecimal digits";
    maxLength = 40;
    pattern = "[0-9a-f]{40}";
  };

  narHash = boundedString {
    name = "croftNarHash";
    description = "hash in SRI form, sha256-…";
    maxLength = 51;
    pattern = "sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=";
  };

  # Process data is bounded by length alone here; `asserts.nix` says which character cannot be carried.
  processText =
    maxLength:
    boundedString {
      name = "croftProcessText";
      description = "string of at most ${toString maxLength} bytes";
      inherit maxLength;
    };

  domain = boundedString {
    name = "croftDomain";
    description = "domain name in lower case, at most 253 bytes; *. before it stands for every name one level below";
    maxLength = 253;
    pattern = "(\\*\\.${hostLabel}\\.)?${domainName}";
  };

  # Where backups go. `asserts.nix` says which places of the box are none.
  backupPath = boundedString {
    name = "croftBackupPath";
    description = "path of at most 200 bytes in letters, digits and . _ - /, without .. in it";
    maxLength = 200;
    pattern = "/?[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*";
  };

  # No part begins with a dot: neither `..` nor git's own directory.
  flakeFile = boundedString {
    name = "croftFlakeFile";
    description = "path of a file in the box's flake, at most 200 bytes in letters, digits and . _ - /, no part of which begins with a dot or dash";
    maxLength = 200;
    pattern = "[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*";
  };

  sopsKey = boundedString {
    name = "croftSopsKey";
    description = "key in letters, digits and . _ -, with a slash between levels, at most 256 bytes";
    maxLength = 256;
    pattern = "[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*";
  };

  serverName = boundedString {
    name = "croftServerName";
    description = "host name or IPv4 address, at most 253 bytes";
    maxLength = 253;
    pattern = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?";
  };

  accountName = boundedString {
    name = "croftAccountName";
    description = "name of an account: at most 32 lower case letters, digits and . _ -";
    maxLength = 32;
    pattern = "[a-z_][a-z0-9._-]*";
  };

  s3Endpoint = boundedString {
    name = "croftS3Endpoint";
    description = "https:// address of a server without a path, or http:// of a private address; at most 300 bytes";
    maxLength = 300;
    pattern = "https://${anyAddress}${port}|http://${privateAddress}${port}";
  };

  otlpEndpoint = boundedString {
    name = "croftOtlpEndpoint";
    description = "https:// address of a server, or http:// of a private address; at most 300 bytes, without password, query or fragment";
    maxLength = 300;
    pattern = "(https://${anyAddress}|http://${privateAddress})${port}(/${path})?";
  };

  # Of one interface: every address at once is what nobody asks for by a click.
  ownAddress = boundedString {
    name = "croftOwnAddress";
    description = "IPv4 address of one of the box's interfaces, such as 127.0.0.1 or 10.100.0.1, and not 0.0.0.0";
    maxLength = 15;
    pattern = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}";
    accepts = value: builtins.match "0\\..*|(22[4-9]|23[0-9]|24[0-9]|25[0-5])\\..*" value == null;
  };

  headerName = boundedString {
    name = "croftHeaderName";
    description = "name of an HTTP header: 1 to 64 letters, digits and dashes";
    maxLength = 64;
    minLength = 1;
    pattern = "[A-Za-z0-9-]+";
  };

  s3Bucket = boundedString {
    name = "croftS3Bucket";
    description = "name of a bucket: 3 to 63 lower case letters, digits, dots and dashes";
    maxLength = 63;
    minLength = 3;
    pattern = "[a-z0-9][a-z0-9.-]*[a-z0-9]";
  };

  s3Region = boundedString {
    name = "croftS3Region";
    description = "name of a region such as eu-central-1, at most 40 bytes";
    maxLength = 40;
    pattern = "[a-z0-9-]+";
  };

  backupPattern = boundedString {
    name = "croftBackupPattern";
    description = "pattern of 1 to 255 bytes";
    maxLength = 255;
    minLength = 1;
    accepts = value: builtins.match "[^[:cntrl:]]+" value != null;
  };

  # What a redirect leads from and to.
  plainDomain = boundedString {
    name = "croftPlainDomain";
    description = "domain name in lower case, at most 253 bytes";
    maxLength = 253;
    pattern = domainName;
  };

  email = boundedString {
    name = "croftEmail";
    description = "e-mail address, at most 254 bytes";
    maxLength = 254;
    pattern = "[A-Za-z0-9._%+-]{1,64}@${domainName}";
  };

  # As whom an app sends.
  sender = boundedString {
    name = "croftSender";
    description = "e-mail address of at most 254 bytes, or @ and a domain for every address of it";
    maxLength = 254;
    pattern = "([A-Za-z0-9._%+-]{1,64})?@${domainName}";
  };

  relayUser = boundedString {
    name = "croftRelayUser";
    description = "user name of 1 to 254 printable ASCII characters, without blanks and colons";
    maxLength = 254;
    pattern = "[!-9;-~]+";
  };

  dkimSelector = boundedString {
    name = "croftDkimSelector";
    description = "selector of 1 to 63 characters: a to z, 0 to 9 and dash, not at its ends";
    maxLength = 63;
    pattern = hostLabel;
  };

  acmeServer = boundedString {
    name = "croftAcmeServer";
    description = "letsencrypt, letsencrypt-staging, or the https:// address of an ACME directory of at most 2048 bytes, without password, query or fragment";
    maxLength = 2048;
    pattern = "letsencrypt|letsencrypt-staging|https://${anyAddress}${port}/${path}";
  };

  certificatePem = boundedString {
    name = "croftCertificatePem";
    description = "one or more certificates in PEM, at most 65536 bytes, and no private key";
    maxLength = 65536;
    accepts =
      value:
      lib.hasPrefix "-----BEGIN CERTIFICATE-----\n" value
      && text.contains "\n-----END CERTIFICATE-----" value
      && !text.contains "PRIVATE KEY" value;
  };

  # It reaches the ACME client in its environment.
  dnsSetting = boundedString {
    name = "croftDnsSetting";
    description = "printable ASCII of at most 1024 bytes";
    maxLength = 1024;
    pattern = "[ -~]*";
  };

  bodySize = boundedString {
    name = "croftBodySize";
    description = "size such as 10M or 2G: at most six digits and K, M or G";
    maxLength = 7;
    pattern = "[1-9][0-9]{0,5}[KMG]";
  };

  memory = boundedString {
    name = "croftMemory";
    description = "amount of memory such as 512M or 2G";
    maxLength = 12;
    pattern = "[1-9][0-9]{0,9}[KMGT]";
  };

  # An amount of memory or disk space from one bound to another.
  sizeBetween =
    least: most:
    boundedString {
      name = "croftSize";
      description = "amount such as 64M or 2G, from ${least} to ${most}";
      maxLength = 11;
      pattern = "[1-9][0-9]{0,9}[KMGT]";
      accepts = value: !size.less value least && !size.less most value;
    };

  # A whole or a fractional number.
  decimalBetween =
    least: most:
    mkOptionType {
      name = "croftDecimal";
      description = "number from ${toString least} to ${toString most}";
      check = value: (builtins.isInt value || builtins.isFloat value) && value >= least && value <= most;
      merge = mergeEqualOption;
    };

  settingText =
    maxLength:
    boundedString {
      name = "croftSettingText";
      description = "string of at most ${toString maxLength} bytes in letters, digits and / _ + -";
      inherit maxLength;
      minLength = 1;
      pattern = "[A-Za-z0-9/_+-]+";
    };

  database = boundedString {
    name = "croftDatabase";
    description = "name of a database: 1 to 63 characters, a to z, 0 to 9 and underscore, beginning with a letter";
    maxLength = 63;
    pattern = attach.databasePattern;
  };

  # Its grammar is systemd's own, which checks it when the system is built.
  calendar = boundedString {
    name = "croftCalendar";
    description = "calendar expression of systemd such as daily or Mon *-*-* 04:00, at most 128 bytes";
    maxLength = 128;
    minLength = 1;
    pattern = "[A-Za-z0-9*][A-Za-z0-9 *,./:~_+-]*";
  };

  cpuQuota = boundedString {
    name = "croftCpuQuota";
    description = "share of one CPU such as 50%; 200% is two CPUs";
    maxLength = 6;
    pattern = "[1-9][0-9]{0,4}%";
  };

  # Not the grammar of `memory`: it becomes a number of bytes, which has to fit an integer.
  diskSpace = boundedString {
    name = "croftDiskSpace";
    description = "amount of disk space such as 500M or 2G: at most six digits and M, G or T";
    maxLength = 7;
    pattern = "[1-9][0-9]{0,5}[MGT]";
  };

  memoryShare = boundedString {
    name = "croftMemoryShare";
    description = "share of the machine's memory, 10% to 95%";
    maxLength = 3;
    pattern = "([1-8][0-9]|9[0-5])%";
  };

  # No options before the type: they would decide what the key may do. The data begins with the type, too; only the
  # first characters are matched by a pattern, for a long value exhausts the evaluator's stack.
  publicKey = boundedString {
    name = "croftPublicKey";
    description = "SSH public key on one line of at most 8192 bytes, without options: ssh-ed25519 AAAA… or another of the types ${lib.concatStringsSep ", " (lib.attrNames sshKeys.types)}";
    maxLength = 8192;
    accepts = sshKeys.isPublicKey;
  };

  kernelModule = boundedString {
    name = "croftKernelModule";
    description = "name of a kernel module: 1 to 55 letters, digits, dashes and underscores, not beginning with a dash";
    maxLength = 55;
    pattern = "[A-Za-z0-9_][A-Za-z0-9_-]*";
  };

  urlPath = boundedString {
    name = "croftUrlPath";
    description = "path that begins with a slash, at most 1024 bytes, in printable ASCII without blanks";
    maxLength = 1024;
    pattern = "/[!-~]*";
  };
}
