# Everything a service can say: scripts, environment, path, triggers, what happens at a switch, hostile text.
{ pkgs, ... }:
{
  systemd.services = {
    plain = {
      description = "A plain service";
      documentation = [ "https://example.org/a" "man:plain(8)" ];
      wantedBy = [ "multi-user.target" ];
      requiredBy = [ "other.target" ];
      upheldBy = [ "keeper.service" ];
      aliases = [ "also-plain.service" ];
      after = [ "network.target" "db.service" ];
      before = [ "last.service" ];
      requires = [ "db.service" ];
      requisite = [ "must.service" ];
      wants = [ "network-online.target" ];
      bindsTo = [ "device.service" ];
      partOf = [ "group.target" ];
      conflicts = [ "enemy.service" ];
      upholds = [ "kept.service" ];
      onFailure = [ "alarm.service" ];
      onSuccess = [ "cheer.service" ];
      startLimitIntervalSec = 10;
      startLimitBurst = 3;
      unitConfig.ConditionPathExists = [ "/a" "/b" ];
      path = [ pkgs.jq "/opt/tools" ];
      environment = {
        QUOTES = "he said \"hi\"";
        BACKSLASH = "a\\b";
        NEWLINE = "one\ntwo";
        DOLLAR = "$HOME \${x} %i";
        EMPTY = "";
        UNSET = null;
        EMOJI = "🦊";
        STORE = pkgs.jq;
      };
      serviceConfig = {
        ExecStart = "${pkgs.coreutils}/bin/sleep infinity";
        Type = "exec";
        DynamicUser = true;
        MemoryMax = "512M";
        TasksMax = 64;
        SystemCallFilter = [ "@system-service" "~@privileged" ];
        CapabilityBoundingSet = "";
        Restart = "on-failure";
        Slice = "croft-apps-plain.slice";
      };
    };
    scripted = {
      script = "echo start";
      scriptArgs = "%i two";
      preStart = "echo before";
      postStart = "echo after";
      reload = "echo reload";
      preStop = "echo stopping";
      postStop = "echo stopped";
      serviceConfig.ExecStartPre = [ "/bin/first" ];
      enableDefaultPath = false;
      startAt = [ "daily" "Mon *-*-* 04:00:00" ];
    };
    restarts = {
      script = "true";
      restartTriggers = [ "text" 5 pkgs.jq ];
      stopIfChanged = false;
      notSocketActivated = true;
    };
    reloads = {
      script = "true";
      reloadTriggers = [ "text" ];
      reloadIfChanged = true;
    };
    stays = {
      script = "true";
      restartIfChanged = false;
    };
    "template@" = {
      script = "echo instance";
    };
    disabled = {
      enable = false;
      wantedBy = [ "multi-user.target" ];
    };
    adjusted = {
      overrideStrategy = "asDropin";
      serviceConfig.Nice = 5;
    };
    systemd-journald.serviceConfig.Nice = 1;
  };
}
