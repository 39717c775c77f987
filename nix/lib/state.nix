# Reads state.json. Everything in it is data; this file makes sure that it stays data.
let
  text = import ./text.nix;

  version = 1;
  fields = [ "version" "host" "apps" "services" "backups" "secrets" ];

  quote = name: if builtins.match "[A-Za-z_][A-Za-z0-9_-]{0,99}" (builtins.substring 0 101 name) != null then name else builtins.toJSON name;
  refuse = message: throw "croft: state.json: ${message}";

  # The evaluator cuts a string at NUL without a word. A marker in its place lets the check of the field say
  # which one it was. `\\` is replaced by itself, so that the `\u0000` in `\\u0000` is left alone.
  keepNul = builtins.replaceStrings [ "\\\\" "\\u0000" ] [ "\\\\" text.nulMarker ];

  # Which members are objects, and which must be there; the options check everything else. It is settled before
  # the module system sees the data, because that has other ideas: where it expects a submodule, a string with
  # a path in it is a module to import and run.
  object = required: members: { inherit required members; };
  eachOf = shape: { inherit shape; };
  anything = { };

  shape = object [ "version" "host" ] {
    host = object [ "name" "stateVersion" ] {
      firewall = object [ ] { };
      ssh = object [ ] { };
      users = eachOf (object [ ] { });
      acme = object [ "email" ] { dns = object [ "provider" ] { settings = eachOf anything; }; };
      gc = object [ ] { };
      build = object [ ] { };
      machine = object [ ] { };
    };
    services = object [ ] {
      postgresql = object [ "major" ] {
        settings = object [ ] { };
        limits = object [ ] { };
      };
      mysql = object [ ] {
        settings = object [ ] { };
        limits = object [ ] { };
      };
      monitoring = object [ ] {
        exporters = object [ ] { };
        otlp = object [ "endpoint" ] { };
      };
      mail = object [ ] {
        relay = object [ "host" ] { };
        server = object [ "hostname" "domains" ] {
          mailboxes = eachOf (object [ ] { });
          aliases = eachOf anything;
        };
      };
    };
    backups = object [ ] {
      targets = eachOf (object [ "type" ] { });
      retention = object [ ] { };
    };
    secrets = eachOf (eachOf (object [ "sops" ] { sops = object [ "file" ] { }; }));
    apps = eachOf (
      object [ "source" "build" ] {
        source = object [ "type" "url" "rev" "narHash" ] { };
        build = object [ "builder" ] { };
        run = object [ ] {
          env = eachOf anything;
          secrets = eachOf (object [ ] { sops = object [ "file" ] { }; });
          hooks = object [ ] { };
        };
        web = object [ ] { redirects = eachOf anything; };
        attach = object [ ] {
          postgresql = object [ ] { };
          mysql = object [ ] { };
          redis = object [ ] { };
          mail = object [ "from" ] { };
          storage = eachOf (object [ ] { });
        };
        jobs = eachOf (object [ "onCalendar" "command" ] { });
        limits = object [ ] { };
        health = object [ ] { };
        backup = object [ ] { };
      }
    );
  };

  below = path: name: if path == "" then quote name else "${path}.${quote name}";

  checked =
    shape: path: value:
    let
      missing = builtins.filter (name: !value ? ${name}) (shape.required or [ ]);
      shapeOf = name: shape.shape or shape.members.${name} or anything;
    in
    if shape != anything && !builtins.isAttrs value then
      refuse "${if path == "" then "the file" else path}: an object is expected."
    else if builtins.isList value then
      builtins.genList (i: checked anything "${path}[${toString i}]" (builtins.elemAt value i)) (
        builtins.length value
      )
    else if !builtins.isAttrs value then
      value
    # `_type` is how the module system marks `mkIf` and its like: data with it would be interpreted.
    else if value ? _type then
      refuse "${below path "_type"}: this name is taken by the NixOS module system; choose another."
    else if missing != [ ] then
      refuse "${below path (builtins.head missing)}: the field is missing."
    else
      builtins.mapAttrs (name: checked (shapeOf name) (below path name)) value;

  state =
    value:
    let
      unknown = builtins.filter (name: !builtins.elem name fields) (builtins.attrNames value);
    in
    if !builtins.isAttrs value then
      refuse "the file: an object is expected."
    else if !(value ? version) then
      refuse "version: the field is missing; this Croft reads version ${toString version}."
    else if value.version != version then
      refuse "version: ${builtins.toJSON value.version} is not known; this Croft reads version ${toString version}. Update the croft input of the box's flake, or write the state with a matching console."
    else if unknown != [ ] then
      refuse "${quote (builtins.head unknown)}: unknown field; known are ${builtins.concatStringsSep ", " fields}."
    else
      checked shape "" value;
in
{
  inherit version;

  fromText = json: state (builtins.fromJSON (keepNul json));
  fromFile = file: state (builtins.fromJSON (keepNul (builtins.readFile file)));
}
