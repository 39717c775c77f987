# Every other kind of unit.
{
  systemd = {
    sockets.listener = {
      wantedBy = [ "sockets.target" ];
      listenStreams = [ "/run/a.sock" "8080" ];
      listenDatagrams = [ "514" ];
      socketConfig = {
        Accept = true;
        SocketMode = "0660";
      };
    };
    timers.clock = {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = [ "daily" "weekly" ];
        Persistent = true;
      };
    };
    paths.watcher.pathConfig.PathExists = "/tmp/x";
    slices.croft-apps = {
      description = "Apps";
      sliceConfig.CPUWeight = 50;
    };
    targets.group = {
      description = "A group";
      wants = [ "a.service" ];
    };
    mounts = [
      {
        what = "tmpfs";
        where = "/var/lib/my data";
        type = "tmpfs";
        options = "mode=0700";
        wantedBy = [ "multi-user.target" ];
      }
    ];
  };
}
