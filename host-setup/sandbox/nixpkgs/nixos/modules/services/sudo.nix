# security.sudo: Debian's sudo with NixOS's rules.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.security.sudo;

  showOptions = options: lib.optionalString (options != [ ]) "${lib.concatMapStringsSep ":" toString options}: ";
  showCommand = command: if lib.isString command then command else "${showOptions (command.options or [ ])}${command.command}";
  lines =
    rule:
    let
      who = map toString rule.users ++ map (group: "%${toString group}") rule.groups;
      commands = lib.concatMapStringsSep ", " showCommand rule.commands;
    in
    lib.optionals (rule.commands != [ ]) (map (one: "${one} ${rule.host}=(${rule.runAs}) ${commands}") who);

  # Rules that sudo does not understand would lock everybody out of it.
  sudoers =
    pkgs.runCommandLocal "sudoers"
      {
        text = ''
          Defaults env_keep+=SSH_AUTH_SOCK
          ${lib.concatStringsSep "\n" (lib.concatMap lines cfg.extraRules)}
          ${cfg.extraConfig}
        '';
        passAsFile = [ "text" ];
      }
      ''
        /usr/sbin/visudo --check --file "$textPath" > /dev/null
        cp "$textPath" "$out"
      '';
in
{
  config = lib.mkIf cfg.enable {
    # In NixOS's places in the list: of several rules sudo takes the last.
    security.sudo.extraRules = lib.mkMerge [
      (lib.mkOrder 400 [
        {
          users = [ "root" ];
          commands = [
            {
              command = "ALL";
              options = cfg.defaultOptions;
            }
          ];
        }
      ])
      (lib.mkOrder 600 [
        {
          groups = [ "wheel" ];
          commands = [
            {
              command = "ALL";
              options = cfg.defaultOptions ++ lib.optional (!cfg.wheelNeedsPassword) "NOPASSWD";
            }
          ];
        }
      ])
    ];
    environment.etc.sudoers = {
      source = sudoers;
      mode = "0440";
    };
  };
}
