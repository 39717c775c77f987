# What mail needs to know of the state: who may send as whom, on which port, and where mail goes. Addresses are compared in lower case,
# as Postfix looks them up.
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    foldl'
    hashString
    head
    listToAttrs
    match
    replaceStrings
    stringLength
    substring
    ;
  letters = text: builtins.genList (i: substring i 1 text) (stringLength text);
  lower = replaceStrings (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (letters "abcdefghijklmnopqrstuvwxyz");

  # Below the ports that systems give to clients; nobody but the box itself can reach them.
  first = 24576;
  count = 4096;
in
rec {
  # The part before the @ of a mailbox: it becomes a directory, and `+` parts it from what a sender may add.
  mailboxName = "[a-z0-9][a-z0-9_-]*(\\.[a-z0-9_-]+)*";

  nameOf = address: head (match "([^@]*)@.*" address);
  domainOf = address: lower (head (match "[^@]*@(.*)" address));
  isDomain = address: substring 0 1 address == "@";

  # Where croft-hostd sends as the box.
  ownPort = first - 1;

  # Where rspamd takes orders from everybody on the box.
  rspamdPort = 11334;

  # app -> the port of its listener. It follows from the app's name, unless another app listens there already.
  ports =
    apps:
    let
      attached = filter (name: apps.${name}.attach.mail != null) (attrNames apps);
      used = concatMap (name: if apps.${name}.run.port == null then [ ] else [ apps.${name}.run.port ]) (attrNames apps);
      start = name: first + (fromTOML "n = 0x${substring 0 3 (hashString "sha256" name)}").n;
      free = taken: port: if elem port taken then free taken (if port + 1 < first + count then port + 1 else first) else port;
      assigned = foldl' (
        known: name:
        let
          port = free known.taken (start name);
        in
        {
          taken = known.taken ++ [ port ];
          found = known.found ++ [
            {
              inherit name;
              value = port;
            }
          ];
        }
      ) { taken = used; found = [ ]; } attached;
    in
    listToAttrs assigned.found;

  # What Croft tells the process of it.
  environment =
    port: attached:
    if attached == null then
      { }
    else
      {
        SMTP_HOST = "127.0.0.1";
        SMTP_PORT = toString port;
        SMTP_URL = "smtp://127.0.0.1:${toString port}";
      }
      // (
        let
          addresses = filter (from: !isDomain from) attached.from;
        in
        if addresses == [ ] then { } else { MAIL_FROM = head addresses; }
      );

  # As whom an app may send, as keys of an access table: a domain stands for all its addresses.
  senders = attached: map (from: lower (if isDomain from then substring 1 (stringLength from) from else from)) attached.from;

  # The same for the header From:, in which a name may stand before the address and a comment after it.
  senderPattern =
    from:
    let
      plain = replaceStrings [ "." "+" ] [ "\\." "\\+" ];
      address = if isDomain from then "[^][:space:]@<>(),:;\"]+${plain from}" else plain from;
    in
    ''/^From:(("[^"]*"|[^",<>])*[<[:space:]])?${address}>?[[:space:]]*(\([^()]*\))?[[:space:]]*$/'';

  # address -> where its mail goes. Postfix asks for the whole domain's alias before it asks for mailboxes, so each of those is there
  # as well; and postmaster, to whom others write about a domain's mail, always has somebody.
  routes =
    server:
    let
      mailboxes = attrNames server.mailboxes;
      someone = domain: filter (address: domainOf address == domain) mailboxes ++ mailboxes;
      postmasters = filter (
        domain:
        !(server.mailboxes ? "postmaster@${domain}" || server.aliases ? "postmaster@${domain}" || server.aliases ? "@${domain}")
        && mailboxes != [ ]
      ) server.domains;
    in
    listToAttrs (
      map (domain: {
        name = "postmaster@${domain}";
        value = [ (head (someone domain)) ];
      }) postmasters
      ++ map (address: {
        name = address;
        value = [ address ];
      }) mailboxes
    )
    // server.aliases;

  # address -> the mailboxes that may send as it.
  owners =
    server:
    let
      ours = targets: filter (target: server.mailboxes ? ${target}) (map lower targets);
      all = builtins.mapAttrs (_: ours) (routes server);
    in
    listToAttrs (
      concatMap (address: if all.${address} == [ ] then [ ] else [ { name = address; value = all.${address}; } ]) (attrNames all)
    );
}
