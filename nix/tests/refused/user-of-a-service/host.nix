{
  users.users.robot = {
    isSystemUser = true;
    group = "robot";
  };
  users.groups.robot = { };
}
