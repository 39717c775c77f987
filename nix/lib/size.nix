# Amounts of memory and disk space, as the state and systemd write them.
let
  factors = {
    K = 1024;
    M = 1024 * 1024;
    G = 1024 * 1024 * 1024;
    T = 1024 * 1024 * 1024 * 1024;
  };
in
{
  # "2G" as a number of bytes.
  bytes =
    text:
    let
      parts = builtins.match "([0-9]+)([KMGT])" text;
    in
    builtins.fromJSON (builtins.elemAt parts 0) * factors.${builtins.elemAt parts 1};

  # Whether one amount is smaller than another. As fractions: some do not fit an integer.
  less =
    a: b:
    let
      value =
        text:
        let
          parts = builtins.match "([0-9]+)([KMGT])" text;
        in
        1.0 * builtins.fromJSON (builtins.elemAt parts 0) * factors.${builtins.elemAt parts 1};
    in
    value a < value b;

  # "75%" as a number.
  percent = text: builtins.fromJSON (builtins.head (builtins.match "([0-9]+)%" text));
}
