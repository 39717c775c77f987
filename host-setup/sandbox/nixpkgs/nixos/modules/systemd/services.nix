# What systemd.services adds to a unit: scripts, PATH, startAt.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib) mkIf mkMerge mkOption mkOptionDefault types;

  job =
    service: step: script:
    let
      name = lib.replaceStrings [ "\\" "@" ] [ "-" "_" ] "${service}-${step}";
    in
    lib.getExe (
      pkgs.writeTextFile {
        name = "unit-script-${name}";
        executable = true;
        destination = "/bin/${name}";
        text = "#!${pkgs.runtimeShell}\nset -e\n\n${script}\n";
        checkPhase = pkgs.syntaxCheck;
        meta.mainProgram = name;
      }
    );

  unit = suffix: import ./unit-module.nix { inherit lib pkgs utils suffix; };

  serviceModule =
    { name, config, ... }:
    let
      setting = option: step: exec: mkIf (config.${option} != "") { ${exec} = [ (job name step config.${option}) ]; };
    in
    {
      options.startAt = mkOption { apply = v: if lib.isList v then v else lib.optional (v != "") v; };
      config = {
        path = mkIf config.enableDefaultPath (
          lib.mkAfter [ pkgs.coreutils pkgs.findutils pkgs.gnugrep pkgs.gnused pkgs.systemd ]
        );
        environment.PATH =
          mkIf (config.path != [ ])
            "${lib.makeBinPath config.path}:${lib.makeSearchPathOutput "bin" "sbin" config.path}";
        enableStrictShellChecks = mkOptionDefault false;
        serviceConfig = mkMerge [
          (setting "preStart" "pre-start" "ExecStartPre")
          (mkIf (config.script != "") {
            ExecStart =
              job name "start" config.script + lib.optionalString (config.scriptArgs != "") " ${config.scriptArgs}";
          })
          (setting "postStart" "post-start" "ExecStartPost")
          (mkIf (config.reload != "") { ExecReload = job name "reload" config.reload; })
          (mkIf (config.preStop != "") { ExecStop = job name "pre-stop" config.preStop; })
          (setting "postStop" "post-stop" "ExecStopPost")
        ];
      };
    };

  mountModule =
    { config, ... }:
    {
      config.mountConfig = {
        What = config.what;
        Where = config.where;
      }
      // lib.optionalAttrs (config.type != "") { Type = config.type; }
      // lib.optionalAttrs (config.options != "") { Options = config.options; };
    };

  unitSet = suffix: mkOption { type = types.attrsOf (types.submodule (unit suffix)); };
in
{
  options.systemd = {
    services = mkOption {
      type = types.attrsOf (types.submodule [ (unit "service") serviceModule ]);
    };
    sockets = unitSet "socket";
    timers = unitSet "timer";
    paths = unitSet "path";
    slices = unitSet "slice";
    targets = unitSet "target";
    mounts = mkOption { type = types.listOf (types.submodule [ (unit "mount") mountModule ]); };
  };

  config.systemd.timers = lib.mapAttrs (_: service: {
    wantedBy = [ "timers.target" ];
    timerConfig.OnCalendar = service.startAt;
  }) (lib.filterAttrs (_: service: service.enable && service.startAt != [ ]) config.systemd.services);
}
