# Imported by hardware configurations as `modulesPath + "/installer/scan/not-detected.nix"`. What it sets concerns a real machine or its size only.
{ }
