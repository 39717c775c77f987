{
  services.nginx = {
    enable = true;
    enableReload = true;
    recommendedProxySettings = true;
    recommendedOptimisation = true;
    virtualHosts = {
      "app.example" = {
        serverAliases = [ "www.app.example" ];
        locations."/" = {
          proxyPass = "http://127.0.0.1:8080";
          proxyWebsockets = true;
        };
        locations."= /robots.txt" = {
          priority = 500;
          return = "200 'no'";
          extraConfig = "add_header X-Test 1;";
        };
      };
      "files.example" = {
        default = true;
        root = "/srv/files";
        listen = [ { addr = "127.0.0.1"; port = 8081; } ];
      };
    };
  };
}
