# users.users and users.groups. nixos/activation/update-users.py makes /etc/passwd and friends agree with them.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib) mkDefault mkIf mkMerge mkOption mkOptionDefault types;
  cfg = config.users;
  users = lib.filter (user: user.enable) (lib.attrValues cfg.users);
  groups = lib.attrValues cfg.groups;

  userModule =
    { name, config, ... }:
    {
      config = mkMerge [
        {
          name = mkOptionDefault name;
          shell = mkOptionDefault pkgs.shadow;
        }
        (mkIf config.isNormalUser {
          group = mkDefault "users";
          createHome = mkDefault true;
          home = mkDefault "${cfg.defaultUserHome}/${config.name}";
          useDefaultShell = mkDefault true;
        })
        (mkIf config.useDefaultShell { shell = lib.mkOverride 1400 cfg.defaultUserShell; })
      ];
    };
  groupModule =
    { name, ... }:
    {
      config.name = mkOptionDefault name;
    };

  membersOf = name: map (user: user.name) (lib.filter (user: lib.elem name user.extraGroups) users);
  # Groups that are Debian's own: only who is in them is decided here.
  foreignGroups = lib.subtractLists (map (group: group.name) groups) (lib.concatMap (user: user.extraGroups) users);
  spec = {
    users = map (user: {
      inherit (user)
        name
        uid
        group
        description
        home
        homeMode
        createHome
        isSystemUser
        hashedPassword
        hashedPasswordFile
        initialHashedPassword
        ;
      shell = utils.toShellPath user.shell;
    }) users;
    groups = map (group: {
      inherit (group) name gid;
      members = lib.sort lib.lessThan (lib.unique (group.members ++ membersOf group.name));
    }) groups;
    memberships = lib.genAttrs foreignGroups membersOf;
  };
  specFile = pkgs.writeText "users-groups.json" (builtins.toJSON spec);

  withKeys = lib.filter (user: user.openssh.authorizedKeys.keys != [ ] || user.openssh.authorizedKeys.keyFiles != [ ]) users;
  # Debian's base-passwd has these groups; a user may be in them without declaring them.
  knownGroups = [
    "root" "daemon" "bin" "sys" "adm" "tty" "disk" "mail" "users" "nogroup" "sudo" "audio" "video" "plugdev" "shadow"
    "systemd-journal" "kvm" "input" "render" "nixbld" "staff" "games" "www-data" "backup" "operator" "wheel"
  ];
  groupNames = map (group: group.name) groups ++ knownGroups;
in
{
  options.users = {
    users = mkOption { type = types.attrsOf (types.submodule userModule); };
    groups = mkOption { type = types.attrsOf (types.submodule groupModule); };
  };

  config = {
    users.users.root = {
      uid = 0;
      group = "root";
      home = mkDefault "/root";
      description = mkDefault "System administrator";
      # Debian's path: root must be able to log in where no generation has been activated yet
      shell = mkDefault "/bin/bash";
    };
    users.groups = lib.genAttrs [ "wheel" "keys" "users" ] (_: { });

    assertions =
      lib.concatMap (user: [
        {
          # the same sentence for the same mistake
          assertion =
            let
              isSystem = user.uid != null && user.uid < 1000;
            in
            lib.xor user.isSystemUser user.isNormalUser
            || user.name == "root"
            || (isSystem && !user.isSystemUser && !user.isNormalUser);
          message = "Exactly one of users.users.${user.name}.isSystemUser and users.users.${user.name}.isNormalUser must be set.\n";
        }
        {
          assertion = user.group != "";
          message = "users.users.${user.name}.group is unset. This used to default to\nnogroup, but this is unsafe. For example you can create a group\nfor this user with:\nusers.users.${user.name}.group = \"${user.name}\";\nusers.groups.${user.name} = {};\n";
        }
        {
          assertion = user.group == "" || lib.elem user.group groupNames;
          message = "users.users.${user.name}.group is set to '${user.group}', but users.groups.${user.group} is not declared.";
        }
        {
          assertion = user.password == null && user.initialPassword == null && user.passwordFile == null;
          message = "users.users.${user.name}: the sandbox takes hashedPassword, hashedPasswordFile and initialHashedPassword only; a plain password would be readable in the store.";
        }
        {
          assertion =
            !user.autoSubUidGidRange
            && user.subUidRanges == [ ]
            && user.subGidRanges == [ ]
            && user.expires == null
            && user.linger != true
            && user.cryptHomeLuks == null
            && user.pamMount == { };
          message = "users.users.${user.name}: the sandbox host (not NixOS) has no implementation of autoSubUidGidRange, subUidRanges, subGidRanges, expires, linger, cryptHomeLuks and pamMount.";
        }
      ]) users
      ++ [
        {
          assertion = !cfg.enforceIdUniqueness || lib.allUnique (lib.filter (uid: uid != null) (map (user: user.uid) users));
          message = "UIDs and GIDs must be unique!";
        }
      ];

    environment.etc = mkMerge (
      map (user: {
        # a copy, because sshd refuses to read it through a link it cannot follow as that user
        "ssh/authorized_keys.d/${user.name}" = {
          mode = "0444";
          source = pkgs.writeText "${user.name}-authorized_keys" (
            lib.concatLines user.openssh.authorizedKeys.keys
            + lib.concatMapStrings (file: builtins.readFile file + "\n") user.openssh.authorizedKeys.keyFiles
          );
        };
      }) withKeys
    );

    # a login shell is found in the system's own path
    environment.systemPackages =
      lib.concatMap (user: user.packages) users ++ lib.filter lib.isDerivation (map (user: user.shell) users);

    system.build.usersSpec = specFile;
    system.activationScripts.users = {
      deps = [ "var" ];
      text = ''
        python3 -I ${../../activation/update-users.py} ${specFile}
      '';
    };
    system.activationScripts.groups = {
      deps = [ "users" ];
      text = "";
    };
  };
}
