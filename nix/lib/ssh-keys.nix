# Public keys as they stand in authorized_keys.
let
  inherit (builtins) elemAt match stringLength substring;
  text = import ./text.nix;

  # What the data of a key of this type begins with: the length and the name of the type, in base64.
  types = {
    "ssh-ed25519" = "AAAAC3NzaC1lZDI1NTE5AAAA";
    "ssh-rsa" = "AAAAB3NzaC1yc2EAAAA";
    "ecdsa-sha2-nistp256" = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAAB";
    "ecdsa-sha2-nistp384" = "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAAB";
    "ecdsa-sha2-nistp521" = "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAAC";
    "sk-ssh-ed25519@openssh.com" = "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAA";
    "sk-ecdsa-sha2-nistp256@openssh.com" = "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAA";
  };

  # Blocks, because the evaluator's regular expressions exhaust the stack on a long value.
  block = 1024;
  everyBlock =
    pattern: value:
    builtins.all (
      index: match pattern (substring (index * block) block value) != null
    ) (builtins.genList (index: index) ((stringLength value + block - 1) / block));

  startsWith = prefix: value: substring 0 (stringLength prefix) value == prefix;
  after = prefix: value: substring (stringLength prefix) (stringLength value) value;
in
{
  inherit types;

  # `TYPE DATA` or `TYPE DATA COMMENT`. The comment is printable ASCII: nothing in it can end the line.
  isPublicKey =
    value:
    builtins.any (
      type:
      let
        rest = after "${type} " value;
        words = builtins.filter builtins.isString (builtins.split " " rest);
        data = builtins.head words;
        padding = match "([^=]*)(={0,2})" (substring (stringLength data - 4) 4 data);
        body = substring 0 (stringLength data - stringLength (elemAt padding 1)) data;
      in
      startsWith "${type} " value
      && startsWith types.${type} data
      && stringLength data >= 64
      && padding != null
      && everyBlock "[A-Za-z0-9+/]*" body
      && everyBlock "[ -~]*" rest
    ) (builtins.attrNames types);
}
