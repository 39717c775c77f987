{
  services.openssh = {
    enable = true;
    ports = [ 22 2222 ];
    settings = {
      PasswordAuthentication = false;
      AllowUsers = [ "ada" "grace" ];
      MaxSessions = 64;
    };
    extraConfig = ''
      Match User croft-host
        ForceCommand /bin/false
    '';
  };
}
