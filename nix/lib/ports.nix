# Sets of ports.
let
  inherit (builtins) elemAt foldl' length sort;

  join =
    merged: range:
    let
      last = elemAt merged (length merged - 1);
      rest = builtins.genList (elemAt merged) (length merged - 1);
    in
    if merged == [ ] || range.from > last.to + 1 then
      merged ++ [ range ]
    else
      rest ++ [ { inherit (last) from; to = if range.to > last.to then range.to else last.to; } ];
in
{
  # Ports and { from, to } as the shortest list of [ first last ], in order: the same set always gives the same list.
  ranges =
    ports: ranges:
    let
      all = map (port: { from = port; to = port; }) ports ++ ranges;
      # A range that ends before it begins has no ports.
      real = builtins.filter (range: range.from <= range.to) all;
    in
    map (range: [ range.from range.to ]) (foldl' join [ ] (sort (a: b: a.from < b.from) real));
}
