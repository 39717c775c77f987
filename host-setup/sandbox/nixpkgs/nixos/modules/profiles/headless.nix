# For configurations that import `modulesPath + "/profiles/headless.nix"`.
# What it sets on NixOS concerns a real machine, or its size.
{ }
