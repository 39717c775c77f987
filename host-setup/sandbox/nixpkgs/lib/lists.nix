# Lists.
{ lib }:
rec {
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  singleton = x: [ x ];
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: xs: if condition then xs else [ ];
  toList = x: if isList x then x else [ x ];
  forEach = xs: f: map f xs;
  range = first: last: if first > last then [ ] else genList (i: first + i) (last - first + 1);
  replicate = n: x: genList (_: x) n;
  flatten = x: if isList x then concatMap flatten x else [ x ];
  remove = x: filter (y: y != x);
  subtractLists = xs: filter (y: !(elem y xs));
  intersectLists = xs: filter (y: elem y xs);
  mutuallyExclusive = a: b: intersectLists a b == [ ];
  count = predicate: foldl' (n: x: if predicate x then n + 1 else n) 0;
  unique = foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
  allUnique = xs: length (unique xs) == length xs;
  imap0 = f: xs: genList (i: f i (elemAt xs i)) (length xs);
  imap1 = f: xs: genList (i: f (i + 1) (elemAt xs i)) (length xs);
  last = xs: if xs == [ ] then throw "lists.last: list must not be empty!" else elemAt xs (length xs - 1);
  init =
    xs:
    if xs == [ ] then throw "lists.init: list must not be empty!" else genList (elemAt xs) (length xs - 1);
  take = n: sublist 0 n;
  drop = n: xs: sublist n (length xs) xs;
  takeEnd = n: xs: drop (lib.max 0 (length xs - n)) xs;
  sublist =
    start: count: xs:
    let
      available = length xs - start;
      taken = if available <= 0 then 0 else lib.min count available;
    in
    genList (i: elemAt xs (start + i)) taken;
  hasPrefix = prefix: xs: take (length prefix) xs == prefix;
  reverseList =
    xs:
    let
      n = length xs;
    in
    genList (i: elemAt xs (n - i - 1)) n;
  foldr =
    f: initial: xs:
    let
      n = length xs;
      go = i: if i == n then initial else f (elemAt xs i) (go (i + 1));
    in
    go 0;
  fold = foldr;
  foldl =
    f: initial: xs:
    let
      go = i: if i == 0 then initial else f (go (i - 1)) (elemAt xs (i - 1));
    in
    go (length xs);
  findFirst =
    predicate: default: xs:
    let
      found = filter predicate xs;
    in
    if found == [ ] then default else head found;
  findSingle =
    predicate: default: multiple: xs:
    let
      found = filter predicate xs;
    in
    if found == [ ] then default else if length found == 1 then head found else multiple;
  zipListsWith = f: a: b: genList (i: f (elemAt a i) (elemAt b i)) (lib.min (length a) (length b));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  crossLists = f: foldl (fs: args: concatMap (g: map g args) fs) [ f ];
  cartesianProduct = lib.attrsets.cartesianProduct;
  sortOn = f: xs: map (pair: pair.value) (sort (a: b: a.key < b.key) (map (x: { key = f x; value = x; }) xs));
  naturalSort = sort (a: b: builtins.compareVersions a b < 0);
  compareLists =
    compare: a: b:
    if a == [ ] then
      (if b == [ ] then 0 else -1)
    else if b == [ ] then
      1
    else
      let
        order = compare (head a) (head b);
      in
      if order == 0 then compareLists compare (tail a) (tail b) else order;

  # Sorts so that `before a b` puts a in front of b; returns { result } or { cycle, loops } as nixpkgs does.
  toposort =
    before: xs:
    let
      step =
        done: todo:
        let
          free = filter (x: !(any (y: y != x && before y x) todo)) todo;
        in
        if todo == [ ] then
          { result = done; }
        else if free == [ ] then
          {
            cycle = todo;
            loops = todo;
          }
        else
          step (done ++ [ (head free) ]) (remove (head free) todo);
    in
    step [ ] xs;
}
