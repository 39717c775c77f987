# pkgs.formats: for each format a type for settings and a function that writes them to a file.
{ lib, final }:
let
  inherit (lib) types;
  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]) // {
    description = "INI atom (null, bool, int, float or string)";
  };
  text = render: name: value: final.writeText name (render value);
  # Python reads JSON and writes nothing it did not read: no value passes through a shell.
  convert =
    program: name: value:
    final.runCommandLocal name
      {
        nativeBuildInputs = [ final.python3 ];
        value = builtins.toJSON value;
        passAsFile = [ "value" ];
      }
      ''
        python3 ${program} < "$valuePath" > "$out"
      '';
in
{
  formats = {
    json = _: {
      type = types.json;
      generate = name: value: convert ./pretty-json.py name value;
    };
    # every JSON document is YAML
    yaml = _: {
      type = types.json // { description = "YAML value"; };
      generate = name: value: convert ./pretty-json.py name value;
    };
    yaml_1_2 = _: {
      type = types.json // { description = "YAML 1.2 value"; };
      generate = name: value: convert ./pretty-json.py name value;
    };
    toml = _: {
      type = types.toml;
      generate = name: value: convert ./toml.py name value;
    };
    ini =
      {
        listsAsDuplicateKeys ? false,
        listToValue ? null,
        ...
      }@arguments:
      let
        value =
          if listsAsDuplicateKeys || listToValue != null then types.either atom (types.listOf atom) else atom;
        prepare = lib.mapAttrs (_: lib.mapAttrs (_: v: if listToValue != null && lib.isList v then listToValue v else v));
      in
      {
        type = types.attrsOf (types.attrsOf value);
        generate = text (sections: lib.generators.toINI (removeAttrs arguments [ "listToValue" ]) (prepare sections));
      };
    keyValue =
      {
        listsAsDuplicateKeys ? false,
        ...
      }@arguments:
      {
        type = types.attrsOf (if listsAsDuplicateKeys then types.either atom (types.listOf atom) else atom);
        generate = text (lib.generators.toKeyValue (removeAttrs arguments [ "listToValue" ]));
      };
    gitIni = _: {
      type = types.attrsOf types.anything;
      generate = text lib.generators.toGitINI;
    };
  };
}
