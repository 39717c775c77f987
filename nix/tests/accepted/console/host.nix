# The console on the box that it looks after, reached by a name.
{
  services.croft = {
    enable = true;
    package = "/opt/croft";
    jdk = "/opt/jdk";
    domain = "croft.attic.example";
    settings.CROFT_FLEET_HEARTBEAT = "30s";
  };
}
