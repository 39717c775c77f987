{
  services.openssh.settings.PasswordAuthentication = true;
}
