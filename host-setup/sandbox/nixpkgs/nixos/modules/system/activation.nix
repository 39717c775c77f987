# The activation script: what has to happen on the running system besides starting units.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  scripts = lib.mapAttrs (
    _: v:
    if lib.isString v then
      { text = v; deps = [ ]; supportsDryActivation = false; }
    else
      v
  ) config.system.activationScripts;

  # Each after those it depends on, otherwise by name.
  ordered =
    let
      unknown = name: map (dep: { inherit name dep; }) (lib.filter (dep: !(scripts ? ${dep})) scripts.${name}.deps);
      missing = lib.concatMap unknown names;
      names = lib.attrNames scripts;
      sorted = lib.toposort (a: b: lib.elem a scripts.${b}.deps) names;
    in
    if missing != [ ] then
      throw "system.activationScripts.${(lib.head missing).name} depends on `${(lib.head missing).dep}', which does not exist"
    else
      sorted.result or (throw "system.activationScripts depend on each other in a circle: ${toString sorted.cycle}");

  snippet = name: ''
    #### Activation script snippet ${name}:
    _localstatus=0
    ${scripts.${name}.text}

    if (( _localstatus > 0 )); then
      printf "Activation script snippet '%s' failed (%s)\n" ${lib.escapeShellArg name} "$_localstatus"
    fi
  '';
  script = steps: rest: ''
    #!${pkgs.runtimeShell}

    systemConfig='@out@'

    export PATH=${
      lib.makeBinPath (with pkgs; [ coreutils gnugrep findutils gnused systemd util-linux python3 ])
    }:/usr/sbin:/usr/bin

    _status=0
    trap "_status=1 _localstatus=\$?" ERR

    # Ensure a consistent umask.
    umask 0022

    ${lib.concatMapStringsSep "\n" snippet steps}
    ${rest}

    exit $_status
  '';
in
{
  options.system.build = {
    activationScript = mkOption {
      type = types.str;
      internal = true;
      description = "Text of the activation script; @out@ stands for the system.";
    };
    dryActivationScript = mkOption {
      type = types.str;
      internal = true;
      description = "The same for `switch-to-configuration dry-activate`: what can say what it would do.";
    };
  };

  config = {
    system.build.activationScript = script ordered ''
      # The store path itself: /run/current-system is a root for the garbage collector.
      ln -sfn "$(readlink -f "$systemConfig")" /run/current-system
    '';
    system.build.dryActivationScript = script (lib.filter (name: scripts.${name}.supportsDryActivation) ordered) "";

    # Empty snippets with the names that others order themselves after.
    system.activationScripts = {
      stdio = "";
      specialfs = "";
      binsh = "";
      var = ''
        mkdir -m 0755 -p /var/lib/nixos /var/empty /run/wrappers/bin
      '';
    };
  };
}
