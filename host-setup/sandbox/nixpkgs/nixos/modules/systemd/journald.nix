# services.journald: the configuration of Debian's journald.
{ config, lib, ... }:
let
  cfg = config.services.journald;
  audit = if cfg.audit == "keep" then "keep" else lib.boolToYesNo cfg.audit;
in
{
  services.journald.forwardToSyslog = lib.mkOptionDefault false;

  environment.etc."systemd/journald.conf".text = ''
    [Journal]
    Storage=${cfg.storage}
    RateLimitInterval=${cfg.rateLimitInterval}
    RateLimitBurst=${toString cfg.rateLimitBurst}
    ${lib.optionalString (cfg.console != "") ''
      ForwardToConsole=yes
      TTYPath=${cfg.console}
    ''}ForwardToSyslog=${lib.boolToYesNo cfg.forwardToSyslog}
    Audit=${audit}
    ${cfg.extraConfig}
  '';

  # It keeps its sockets open over a restart, so no line is lost; stopping it would lose some.
  systemd.services.systemd-journald = {
    restartTriggers = [ config.environment.etc."systemd/journald.conf".source ];
    stopIfChanged = false;
  };
}
