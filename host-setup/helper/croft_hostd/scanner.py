"""Finds secrets in texts: by their shape, by the name beside them, by how random they are, and by being one of the values known.

What it says is where and what kind, never the value. It is made to be quick on what is innocent: a pattern is tried only on a
text that has its literal. docs/guard.md says what is taken for a secret and what is not.
"""

from binascii import Error, a2b_base64, b2a_base64, hexlify

from .pattern import Pattern

#: How a text is looked at. A source is written by people: any literal beside a telling name counts. Generated text and packages
#: have such names for other reasons, so there the literal has to look like a secret as well.
SOURCE, GENERATED, PACKAGE = "source", "generated", "package"
MARKER = b"croft-guard: allow "
_LONGEST_ENTROPY = 256 * 1024
_LONGEST_NAMES = 1024 * 1024


class Finding:
    """A secret that was found: at which offset of the text, of what kind, and the text that looked so, which is for comparing only."""

    __slots__ = ("offset", "kind", "text")

    def __init__(self, offset, kind, text):
        self.offset = offset
        self.kind = kind
        self.text = text


class _Rule:
    __slots__ = ("kind", "literals", "pattern", "check")

    def __init__(self, kind, literals, pattern, check=None):
        self.kind = kind
        self.literals = literals
        self.pattern = Pattern(pattern)
        self.check = check


# -- shapes ----------------------------------------------------------------------------------------------------------


def _not_an_example(found):
    return not found[0].endswith(b"EXAMPLE")


def _is_random(found):
    return random(found[found.lastindex or 0])


def _has_a_keys_name(found):
    """Whether a name stands before the colon, and no word that makes it a signature, which is as long and public."""
    before = found.string[max(0, found.start() - 100) : found.start()]
    name = _KEYS_NAME.search(before)
    return bool(name) and b"sig" not in before[: name.start()][-8:].lower()


def _has_password(found):
    word = found[1]
    return literal(word) and word.lower() not in (b"password", b"pass", b"pw", b"secret", b"x", b"xxx", b"***")


def _has_random_password(found):
    return _has_password(found) and len(found[1]) >= 12 and mixed(found[1])


def _is_private_der(found):
    """Whether base64 is a private key in DER: a sequence that begins with a version, where a certificate has another sequence."""
    text = found[0][:32]
    try:
        raw = a2b_base64(text[: len(text) & ~3])
    except Error:
        return False
    start = {0x82: 4, 0x81: 3}.get(raw[1], 2) if len(raw) > 8 and raw[0] == 0x30 else 0
    return bool(start) and raw[start : start + 3] in (b"\x02\x01\x00", b"\x02\x01\x01") and raw[start + 3] in (0x02, 0x30, 0x04)


_KEYS_NAME = Pattern(rb"[A-Za-z0-9._-]+\Z")
_WORD = rb"(?<![A-Za-z0-9_])"

_RULES = (
    _Rule("a private key", (b"PRIVATE KEY",), rb"(?s)-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.{0,400}?[A-Za-z0-9+/]{32}"),
    _Rule("a private key (DER in base64)", (b"MI", b"MC4CAQAw", b"MHcCAQEE"), rb"(?<![A-Za-z0-9+/])M[A-Za-z0-9+/]{59,}", _is_private_der),
    _Rule("an age secret key", (b"AGE-SECRET-KEY-1",), rb"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _Rule(
        "a secret key of Nix",
        (b"==",),
        rb":[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])",
        _has_a_keys_name,
    ),
    _Rule("an AWS access key", (b"AKIA", b"ASIA"), rb"(?<![A-Za-z0-9+/_])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9+/_])", _not_an_example),
    _Rule("a GitHub token", (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"), _WORD + rb"gh[pousr]_[A-Za-z0-9]{36,}"),
    _Rule("a GitHub token", (b"github_pat_",), rb"github_pat_\w{22,}"),
    _Rule("a GitLab token", (b"glpat-", b"gldt-", b"glrt-"), _WORD + rb"gl(?:pat|dt|rt)-[\w-]{20,}"),
    _Rule("a Slack token", (b"xox",), _WORD + rb"xox[abeprs]-[\w-]{10,}"),
    _Rule("a Slack webhook", (b"hooks.slack.com",), rb"hooks\.slack\.com/(?:services|workflows)/T\w{6,}/\w{6,}/\w{10,}"),
    _Rule("a Google API key", (b"AIza",), _WORD + rb"AIza[\w-]{35}(?![\w-])"),
    _Rule("a Google OAuth secret", (b"GOCSPX-",), rb"GOCSPX-[\w-]{24,}"),
    _Rule("a Stripe key", (b"k_live_",), _WORD + rb"[rs]k_live_\w{16,}"),
    _Rule("a webhook's signing secret", (b"whsec_",), _WORD + rb"whsec_[A-Za-z0-9+/=]{24,}"),
    _Rule("a Vault token", (b"hvs.", b"hvb.", b"hvr."), _WORD + rb"hv[sbr]\.[\w-]{24,}"),
    _Rule("a Tailscale key", (b"tskey-",), rb"tskey-(?:auth|client|api|webhook|scim)-\w+-\w+"),
    _Rule("a SendGrid key", (b"SG.",), _WORD + rb"SG\.[\w-]{16,}\.[\w-]{32,}"),
    _Rule("an npm token", (b"npm_",), _WORD + rb"npm_([A-Za-z0-9]{36})(?![A-Za-z0-9])", _is_random),
    _Rule("a PyPI token", (b"pypi-AgE",), rb"pypi-AgE[\w-]{50,}"),
    _Rule("a DigitalOcean token", (b"_v1_",), _WORD + rb"do[opr]_v1_[0-9a-f]{64}"),
    _Rule("an API key", (b"sk-",), _WORD + rb"sk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]+-|or-v1-)?([A-Za-z0-9_-]{24,})", _is_random),
    _Rule("a Hugging Face token", (b"hf_",), _WORD + rb"hf_([A-Za-z0-9]{34,})"),
    _Rule("a Telegram bot's token", (b":AA",), rb"(?<![0-9A-Za-z])[0-9]{8,10}:AA[\w-]{33}(?![\w-])"),
    _Rule("an Azure storage key", (b"AccountKey",), rb"AccountKey[=][A-Za-z0-9+/]{40,}={0,2}"),
    _Rule("a signed token (JWT)", (b"eyJ",), _WORD + rb"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    _Rule(
        "a password's hash",
        (b"$1$", b"$5$", b"$6$", b"$2a$", b"$2b$", b"$2y$", b"$y$", b"$gy$", b"$7$", b"$argon2"),
        rb"\$(?:[156]\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,}|2[aby]\$\d\d\$[./A-Za-z0-9]{53}"
        rb"|(?:y|gy|7)\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{0,86}\$[./A-Za-z0-9]{43}|argon2(?:id|i|d)\$v=\d+\$[^\s$]+\$[A-Za-z0-9+/]{8,}\$[A-Za-z0-9+/]{16,})",
    ),
    _Rule("a password's verifier (SCRAM)", (b"SCRAM-SHA-",), rb"SCRAM-SHA-(?:1|256)\$\d+:[A-Za-z0-9+/=]{8,}\$[A-Za-z0-9+/=]{16,}"),
)

_URL = rb"://[^\s/:@\"'<>\\]*:([^\s/@\"'<>\\]+)@[A-Za-z0-9\[$]"
_URL_IN_SOURCE = _Rule("a password in an address", (b"://",), _URL, _has_password)
_URL_ELSEWHERE = _Rule("a password in an address", (b"://",), _URL, _has_random_password)

#: What is public by its shape, or sealed already: it is blanked out before randomness is looked for.
_HARMLESS = Pattern(
    rb"(?s)-----BEGIN (?!(?:[A-Z0-9]+ )*PRIVATE)([A-Z0-9 ]+)-----.{0,65536}?-----END \1-----"
    rb"|data:[a-z]+/[\w.+-]+;base64,[A-Za-z0-9+/=]+"
    rb"|/nix/store/[0-9a-z]{32}-[A-Za-z0-9+._?=-]+"
    rb"|\bsha(?:1|224|256|384|512)[-:=][A-Za-z0-9+/_=-]+"
    rb"|\b(?:md5|blake3|b3|h1|SHA256|go)[-:=][A-Za-z0-9+/]{20,}={0,2}"
    rb"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    rb"|\b(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|sk-\S+@openssh\.com) AAAA[A-Za-z0-9+/]+={0,3}"
    rb"|\bAAAA[A-Z][0-9A-Za-z]{6,8}[A-Za-z0-9+/]{24,}={0,3}"
    rb"|\bage1[0-9a-z]{58}\b|\bRW[QTS][A-Za-z0-9+/]{53}\b"
    rb"|\bENC\[[A-Z0-9_]+,[^\]]*\]"
    rb"|\b[A-Za-z0-9._-]+-[0-9]+:[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])"
    rb"|\b(?:ami|snap|vol|subnet|vpc|sg|eni|rtb|igw|acl|i|r)-[0-9a-f]{8,17}\b"
    rb"|\b0[01][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{24}\b"
    rb"|\b[01][0-9a-df-np-sv-z]{51}\b"
    rb"|\b[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>?#@]+(?![^\s\"'<>?#]*@)"
)
_TOKEN = Pattern(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}={0,2}(?![A-Za-z0-9+/=_-])")
_KEY32 = Pattern(rb"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
_HEX = Pattern(rb"[0-9a-fA-F]{32,}")
_DIGEST = Pattern(rb"[0-9a-f]{6,64}")
_DIGESTS = (32, 40, 56, 64, 96, 128)
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"%PDF", b"wOFF", b"wOF2", b"\x00\x00\x01\x00", b"PK\x03\x04", b"\x1f\x8b", b"<svg", b"<?xm")

# -- names -----------------------------------------------------------------------------------------------------------

_ASSIGNED = Pattern(
    rb"([A-Za-z][A-Za-z0-9_.-]{1,100})([\"']?[ \t]*(?:=>|:=|=|:)[ \t]*)"
    rb"(''[^\n]*?''|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^\s\"';,#(){}\[\]]+)(;?)"
)
_MEMBER = Pattern(rb"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_NAME = Pattern(rb"-{0,2}[A-Za-z_][A-Za-z0-9_.-]*")
_PARTS = Pattern(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRETS = frozenset(
    b"password passwd passphrase passcode pwd secret token psk credential credentials apikey secretkey privatekey authkey accesskey authtoken "
    b"accesstoken apitoken apisecret appsecret clientsecret keypass".split()
)
_ENDINGS = (b"password", b"passwd", b"passphrase", b"secret", b"apikey")
_KEYS = frozenset(
    b"api private secret auth access encryption encrypt signing sign master app session cookie jwt hmac shared preshared webhook account "
    b"license client service admin root deploy bot storage decryption crypto crypt aes cipher seal".split()
)
_NO_PASS = frozenset(b"proxy uwsgi fastcgi grpc scgi memcached multi by first second one two tests test".split())
_PUBLIC = frozenset(
    b"public publishable pub fingerprint fingerprints hash digest checksum checksums sum sha sha1 sha256 sha512 md5 integrity rev revision commit "
    b"etag cid uuid guid id ids version thumbprint recipient recipients cert certificate certificates ca bundle nar narhash locked signature sig "
    b"publickey publickeys known hosts authorized peer peers".split()
)
_PLAIN_WORDS = frozenset(
    b"true false yes no none null nil on off enabled disabled enable disable optional required sufficient include requisite auto default basic "
    b"bearer prompt ask file files env unset empty random generated peer trust md5 scram-sha-256 socket unix_socket plain login systemd "
    b"string str text int bool any object undefined number 0 1".split()
)
_REFERENCE = Pattern(
    rb"\$|\{|<|%[({sd]|@[\w.-]+@?$|#[\w.-]+#$|..?$|[0-9]+(?:\.[0-9]+){1,3}(?:[-+~]\S*)?$|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|/(?:run|var|etc|nix|dev|proc|srv|home|root|mnt|secrets?|credentials?)/|\./|\.\./|~/|file:|env:|vault:|op://|sops:"
    rb"|\*+$|\.\.\.$|[Xx]{3,}$|(?:config|cfg|lib|pkgs|builtins|self|inputs|process\.env|os\.environ|secrets|var|local|data|module)\.|(?:null|None|undefined)\b"
)


def telling(name):
    """Whether a name says that its value is a secret: the last words of it do, in any spelling."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    while parts and parts[-1].isdigit():
        parts.pop()
    if not parts or parts[0] in (b"public", b"publishable") or _PUBLIC.intersection(parts[-2:]):
        return False
    last, before = parts[-1], parts[-2] if len(parts) > 1 else b""
    if before in (b"load", b"import", b"condition", b"assert") and last in (b"credential", b"credentials"):
        return False  # systemd's words for where a credential comes from.
    if last in _SECRETS or last.endswith(_ENDINGS) or last == b"base" and parts[-3:-1] == [b"secret", b"key"]:
        return True
    if last == b"pass":
        return before not in _NO_PASS
    return last == b"key" and before in _KEYS or last in (b"salt", b"pepper") and len(parts) > 1


def about_public(name):
    """Whether a name says that its value may be seen by everybody, as a digest or a public key."""
    return bool(_PUBLIC.intersection(part.lower() for part in _PARTS.findall(name)))


def literal(value):
    """Whether a text is a value of its own, not a reference to one, a place-holder, or a word of a setting."""
    value = value.strip()
    return bool(value) and value.lower() not in _PLAIN_WORDS and not _REFERENCE.match(value) and b"${" not in value and not public(value)


def public(value):
    """Whether the whole text has the shape of something that is public or sealed."""
    found = _HARMLESS.match(value)
    return bool(found) and found.end() >= len(value.rstrip())


def mixed(value):
    """Whether a text looks made up rather than written: letters and digits, eight of them at least."""
    classes = sum((any(97 <= c <= 122 for c in value), any(65 <= c <= 90 for c in value), any(48 <= c <= 57 for c in value)))
    symbols = any(c in b"!#$%&*?@^~+=" for c in value)
    if len(value) < 8 or b" " in value.strip():
        return False
    digits = any(48 <= c <= 57 for c in value)
    return digits and (classes == 3 or symbols or _changes(value) >= 0.2) or random(value)


# -- randomness ------------------------------------------------------------------------------------------------------


def random(token):
    """Whether nobody would write this: characters of several kinds in a mix, and hardly one of them twice."""
    token = token.rstrip(b"=")
    size = len(token)
    if size < 20 or 2 * sum(len(part) for part in _SEPARATORS.split(token) if _WORDLIKE.fullmatch(part)) >= size:
        return False
    if _DIGEST.fullmatch(token) or _HEX.fullmatch(token):
        return size >= 32 and entropy(token) >= 3.0
    upper = any(65 <= c <= 90 for c in token)
    lower = any(97 <= c <= 122 for c in token)
    if not any(48 <= c <= 57 for c in token) or not (upper or lower):
        # Random letters may lack a digit.
        return upper and lower and size >= 24 and _changes(token) >= 0.42 and len(_PARTS.findall(token)) * 2.6 > size and entropy(token) >= 4.0
    if not (upper and lower):
        # Words in capitals with numbers between them are names; a key is one long piece.
        token = max(_SEPARATORS.split(token), key=len)
        return len(token) >= 16 and _changes(token) >= 0.24 and entropy(token) >= 3.3
    # What people write has its capitals at the beginnings of words, and the words are longer than this.
    return _changes(token) >= 0.36 and len(_PARTS.findall(token)) * 3.6 > size and entropy(token) >= (3.6 if size < 24 else 3.8 if size < 32 else 4.0)


_SEPARATORS = Pattern(rb"[-_/+]")
_WORDLIKE = Pattern(rb"[A-Z]?[a-z]+[0-9]{0,3}|[A-Z]{1,6}|[0-9]{1,8}|v[0-9]{1,4}|(?:[A-Z]{1,4}[a-z]{2,}){1,5}[A-Z]{0,3}[0-9]{0,2}|[a-z]{2,}(?:[A-Z][a-z]{2,}){1,4}")


def entropy(token):
    """Bits that a character of it carries, by how often each occurs (Shannon)."""
    from math import log2

    size = len(token)
    return -sum(count / size * log2(count / size) for count in (token.count(bytes((c,))) for c in set(token)))


def _kind(c):
    return 0 if 97 <= c <= 122 else 1 if 65 <= c <= 90 else 2 if 48 <= c <= 57 else 3


def _changes(token):
    """How often a character is of another kind than the one before, as a share."""
    return sum(_kind(one) != _kind(other) for one, other in zip(token, token[1:])) / max(1, len(token) - 1)


def _suspect(token, name):
    """Whether a token that nothing explains is taken for a secret."""
    if about_public(name) or b"-peer-" in token:
        return False  # WireGuard's units are named after the public keys of its peers.
    if _HEX.fullmatch(token):
        # A digest and a key of its length are one and the same text; the name has to tell.
        return len(token) not in _DIGESTS and entropy(token) >= 3.0
    if _KEY32.fullmatch(token):
        return True
    pieces = [piece for piece in _SEPARATORS.split(token) if piece]
    if len(pieces) > 1 and all(_WORDLIKE.fullmatch(piece) or _DIGEST.fullmatch(piece) for piece in pieces):
        return False  # A name with a digest in it.
    if len(token) > 1024 or token.count(b"/") > len(token) // 8:
        return False  # Data, or a path.
    if len(token) > 100 and _is_image(token):
        return False
    return random(token)


def _is_image(token):
    try:
        return a2b_base64(token[:32]).startswith(_IMAGES)
    except Error:
        return False


# -- texts -----------------------------------------------------------------------------------------------------------


def scan(data, style, name=""):
    """The findings in a text, in order, the widest of those that overlap. `name` is the file's; of it only the ending matters."""
    found = list(_by_shape(data, style))
    if len(data) <= _LONGEST_NAMES and b"\0" not in data:
        found += _by_name(data, style, name)
        if (style != PACKAGE or name.endswith(_SETTINGS)) and len(data) <= _LONGEST_ENTROPY:
            found += _by_randomness(data)
    return sorted(found, key=lambda finding: finding.offset)


def value(data, name):
    """The kind of secret that one value is, with what looked so, or None. `name` is what the value is called: the last member of a path."""
    option, equals, text = data.partition(b"=")
    for named, text in ((name, data), (option, text)):
        if telling(named) and literal(text) and _no_number(text) and _NAME.fullmatch(named):
            return Finding(0, "a literal under a name that says it is a secret", text)
    for finding in _by_shape(data, SOURCE):
        return finding
    for finding in _by_name(data, GENERATED, ""):
        return finding
    for finding in _by_randomness(data, name):
        return finding
    return None


def _no_number(text):
    """Whether it is not a count or a lifetime."""
    return not (text.isdigit() and len(text) < 6)


def line_of(data, offset):
    return data.count(b"\n", 0, offset) + 1


def is_allowed(data, offset):
    """Whether the line has the marker with which its author says that it is no secret, and why."""
    start, end = data.rfind(b"\n", 0, offset) + 1, data.find(b"\n", offset)
    _, marker, reason = data[start : end if end >= 0 else len(data)].partition(MARKER)
    return bool(marker) and bool(reason.strip())


def _by_shape(data, style):
    for rule in (*_RULES, _URL_IN_SOURCE if style == SOURCE else _URL_ELSEWHERE):
        if any(literal in data for literal in rule.literals):
            for found in rule.pattern.finditer(data):
                if rule.check is None or rule.check(found):
                    yield Finding(found.start(), rule.kind, found[0])


#: Where a word without quotes is a value; elsewhere it is a name, or prose.
_PLAIN_VALUES = (".env", ".yaml", ".yml", ".toml", ".ini", ".conf", ".cfg", ".properties")
#: Of a package, what may have a key in it that has neither shape nor telling name.
_SETTINGS = (".env", ".toml", ".ini", ".conf", ".cfg", ".properties")
_QUOTED_VALUES = (*_PLAIN_VALUES, ".nix", ".json", ".sh", ".py", ".js", ".ts", ".rb")


def _by_name(data, style, name):
    lower = data.lower()
    words = [word for word in _WORDS_IN_NAMES if word in lower]
    nix = name.endswith(".nix")
    for found in _assignments(data, _lines_with(lower, words)):
        key, between, text, closed = found.groups()
        quoted = text[:1] in (b'"', b"'")
        text = text.strip(b"'") if text.startswith(b"''") else text[1:-1] if quoted else text
        if not literal(text) or not quoted and (nix and closed or _MEMBER.fullmatch(text)):
            continue
        tight = between == b"="
        settings = style == SOURCE or name.endswith(_SETTINGS)
        by_people = settings and (name.endswith(_QUOTED_VALUES if quoted else _PLAIN_VALUES) or nix and tight)
        if style == PACKAGE and not name.endswith((*_PLAIN_VALUES, ".json")):
            # Code and documents are full of examples; a key of somebody's is longer than those.
            if random(text) or _HEX.fullmatch(text):
                yield Finding(found.start(), "a literal under a name that says it is a secret", text)
        elif mixed(text) or by_people and _no_number(text) or tight and len(text) >= 6 and _no_number(text) and any(48 <= c <= 57 for c in text):
            yield Finding(found.start(), "a literal under a name that says it is a secret", text)


_WORDS_IN_NAMES = (b"pass", b"pwd", b"secret", b"token", b"key", b"psk", b"credential", b"salt", b"pepper")


def _lines_with(lower, words):
    """(start, end) of each line that has one of these words, in order."""
    starts = set()
    for word in words:
        at = lower.find(word)
        while at >= 0:
            starts.add(lower.rfind(b"\n", 0, at) + 1)
            end = lower.find(b"\n", at)
            at = lower.find(word, end) if end >= 0 else -1
    for start in sorted(starts):
        end = lower.find(b"\n", start)
        yield start, end if end >= 0 else len(lower)


def _assignments(data, lines):
    """What gives a value to a telling name. A value may hold names and values of its own."""
    for start, end in lines:
        position = start
        while found := _ASSIGNED.search(data, position, end):
            position = found.start(3) + 1
            if telling(found[1]):
                yield found


def _by_randomness(data, name=b""):
    # Most texts have nothing of the kind; what explains it is looked for only where there is.
    if not any(_suspect(token, b"") or b"/" in token and _suspect(token.rsplit(b"/", 1)[-1], b"") for token in set(_TOKEN.findall(data))):
        return
    blanked = _HARMLESS.sub(lambda found: b" " * (found.end() - found.start()), data)
    for found in _TOKEN.finditer(blanked):
        before = blanked[max(blanked.rfind(b"\n", 0, found.start()) + 1, found.start() - 120) : found.start()]
        if _suspect(found[0], name + b" " + before):
            yield Finding(found.start(), "a text as random as a key", found[0])


# -- known values ----------------------------------------------------------------------------------------------------


class Known:
    """The values of secrets, in every form in which they could turn up, to be looked for in texts."""

    def __init__(self, values):
        """`values`: what a person calls a secret -> its value."""
        self._forms = []
        seen = set()
        for words, whole in values.items():
            for part in parts(whole):
                for form in forms(part):
                    if form not in seen:
                        seen.add(form)
                        self._forms.append((form, words))

    def find(self, data):
        """A Finding for each of the secrets that is in the text."""
        found, told = [], set()
        for form, words in self._forms:
            if words not in told and form in data:
                told.add(words)
                found.append(Finding(data.index(form), f"the value of the secret {words}", form))
        return found


def parts(value):
    """What of a value is looked for: all of it, and where it has lines, what those hold."""
    body = value.rstrip(b"\r\n")
    found = [body] if distinctive(body) else []
    if b"\n" in body or body[:1] in (b"{", b"["):
        text = _HARMLESS.sub(b" ", body)
        for word in _PIECE.findall(text):
            if len(word) >= 16 and distinctive(word) and mixed(word):
                found.append(word)
        for line in text.splitlines():
            _, equals, after = line.partition(b"=")
            word = after.strip().strip(b"\"'")
            if equals and distinctive(word) and word not in found:
                found.append(word)
    return found


_PIECE = Pattern(rb"[^\s\"'=,;{}\[\]\\]{16,}")
_PLAIN = Pattern(rb"[A-Za-z]{1,15}|[0-9]{1,9}|[\w.+-]+@[\w.-]+\.[A-Za-z]+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\.?|[a-z][a-z0-9+.-]*://[^\s:@]*(?::[0-9]+[^\s:@]*)?|/[\w./-]*")


def distinctive(value):
    """Whether a value says, where it turns up, that it was this secret: a word, a name, an address or a path may stand anywhere."""
    return len(value) >= 8 and len(set(value)) >= 4 and not _PLAIN.fullmatch(value) and value.lower() not in _PLAIN_WORDS


def forms(value):
    """The texts as which a value turns up: itself, in base64 wherever it begins, in hexadecimal, and escaped."""
    found = {value}
    for shift, drop in ((0, 0), (1, 2), (2, 3)):
        coded = b2a_base64(bytes(shift) + value, newline=False)[drop : (shift + len(value)) * 8 // 6]
        if len(coded) >= 10:
            found |= {coded, coded.replace(b"+", b"-").replace(b"/", b"_")}
    found |= {hexlify(value), hexlify(value).upper()}
    unreserved = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    found.add(b"".join(bytes((c,)) if c in unreserved else b"%%%02X" % c for c in value))
    found.add(b"".join(bytes((c,)) if c in unreserved else b"%%%02x" % c for c in value))
    escaped = value.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n").replace(b"\t", b"\\t").replace(b"\r", b"\\r")
    found |= {escaped, escaped.replace(b"${", b"\\${"), escaped.replace(b"%", b"%%"), escaped.replace(b"%", b"%%").replace(b"$", b"$$")}
    found |= {value.replace(b"''", b"'''").replace(b"${", b"''${"), value.replace(b"'", b"'\\''"), escaped.replace(b"/", b"\\/")}
    found.add(value.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;").replace(b'"', b"&quot;"))
    return found
