# Reads state.json. Everything in it is data; this file makes sure that it stays data.
let
  text = import ./text.nix;

  version = 1;
  fields = [ "version" "host" "apps" ];

  quote = name: if builtins.match "[A-Za-z_][A-Za-z0-9_-]{0,99}" (builtins.substring 0 101 name) != null then name else builtins.toJSON name;
  refuse = message: throw "croft: state.json: ${message}";

  # The evaluator cuts a string at NUL without a word. A marker in its place lets the check of the field say
  # which one it was. `\\` is replaced by itself, so that the `\u0000` in `\\u0000` is left alone.
  keepNul = builtins.replaceStrings [ "\\\\" "\\u0000" ] [ "\\\\" text.nulMarker ];

  # `_type` is how the module system marks `mkIf` and its like. Data that carries it would be interpreted.
  plain =
    path: value:
    if builtins.isAttrs value then
      if value ? _type then
        refuse "${path}._type: this name is taken by the NixOS module system; choose another."
      else
        builtins.mapAttrs (name: plain (if path == "" then quote name else "${path}.${quote name}")) value
    else if builtins.isList value then
      builtins.genList (i: plain "${path}[${toString i}]" (builtins.elemAt value i)) (builtins.length value)
    else
      value;

  checked =
    value:
    let
      unknown = builtins.filter (name: !builtins.elem name fields) (builtins.attrNames value);
    in
    if !builtins.isAttrs value then
      refuse "an object is expected."
    else if !(value ? version) then
      refuse "version: the field is missing; this Croft reads version ${toString version}."
    else if value.version != version then
      refuse "version: ${builtins.toJSON value.version} is not known; this Croft reads version ${toString version}. Update the croft input of the box's flake, or write the state with a matching console."
    else if unknown != [ ] then
      refuse "${quote (builtins.head unknown)}: unknown field; known are ${builtins.concatStringsSep ", " fields}."
    else
      plain "" value;
in
{
  inherit version;

  fromText = json: checked (builtins.fromJSON (keepNul json));
  fromFile = file: checked (builtins.fromJSON (keepNul (builtins.readFile file)));
}
