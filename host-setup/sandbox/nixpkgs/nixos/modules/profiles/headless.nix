# Imported by hardware configurations as `modulesPath + "/profiles/headless.nix"`. What it sets concerns a real machine or its size only.
{ }
