# What every level asks of systemd, however much more it does by itself.
{
  NoNewPrivileges = true;
  UMask = "0077";
  KeyringMode = "private";
  RemoveIPC = true;

  ProtectSystem = "strict";
  ProtectHome = true;
  ProtectClock = true;
  ProtectHostname = true;
  ProtectControlGroups = true;
  ProtectKernelModules = true;
  PrivateDevices = true;
  PrivateTmp = true;
  DevicePolicy = "closed";

  LockPersonality = true;
  RestrictRealtime = true;
  # AF_NETLINK: listing the network interfaces is common in start-up messages, and fails loudly without it.
  RestrictAddressFamilies = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
    "AF_NETLINK"
  ];
  SystemCallArchitectures = "native";
  # A refused call fails as it would without permission, instead of killing the process.
  SystemCallErrorNumber = "EPERM";
}
