"""One statement in an app's database, with the rights of the database's owner, never with more.

PostgreSQL gets it in the extended protocol and MariaDB without multi-statements, so there is one statement in it and no command of
any client. Without `write` it runs in a transaction that can only read and is rolled back.
"""

from . import asking, engines, facts, mywire, pgwire
from .jsontext import dumps
from .pattern import Pattern
from .problems import problem

#: Of all rows together, in the frame; one frame may have 1 MiB.
_MOST_BYTES = 512 * 1024
#: Of one value; of a longer one the beginning is shown, and `cut` says so.
_MOST_CELL = 64 * 1024
_COMMENT = Pattern(r"(?s)\s+|--[ \t][^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*(?!M?!).*?\*/")
_READING = ("select", "with", "show", "explain", "describe", "desc", "table", "values", "(")
_WORD = Pattern(r"\(|[A-Za-z]+")


def serve(system, request):
    """Answers a `sql` request."""
    engine, database = request["engine"], request["database"]
    server = {"postgresql": engines.POSTGRES_ACCOUNT, "mysql": engines.MYSQL_ACCOUNT}[engine]
    apps = [name for name in facts.of_box(system).get("attach") or {} if facts.attached(facts.of_box(system), name).get(engine) == database]
    account = engines.account_of(system, apps[0]) if apps else None
    role = asking.ask(system, server, {"what": "owner", "engine": engine, "database": database, "account": account})["role"]
    account = account or engines.account_of_role(system, role)
    if account in (None, "root", server):
        raise problem(
            "NOT_ALLOWED",
            why=f"The database {database} belongs to {role or 'nobody'}, and no account of the box is that role.",
            next="Attach it to an app, or look at it with the server's own client on the box.",
        )
    question = {"what": "sql", "role": role, **{name: request[name] for name in ("engine", "database", "text", "write", "rows")}}
    seconds = request["timeoutSeconds"]
    return asking.ask(system, account, {**question, "seconds": seconds}, seconds)


def owner(system, question):
    """{"role"}: whom the database belongs to."""
    try:
        role = _owner(system, question)
    except engines.ERRORS as error:
        raise _unreachable(error) from error
    if role is None:
        raise problem("NOT_FOUND", thing=f"the database {question['database']}", why="The server has none of that name.")
    return {"role": role}


def _owner(system, question):
    if question["engine"] == "postgresql":
        found = engines.Postgres(system).owner(question["database"])
        if found and found[1]:
            raise problem("NOT_ALLOWED", why=f"{question['database']} belongs to a superuser.", next="Look at it with psql on the box.")
        return found[0] if found else None
    server = engines.Mysql(system)
    if server.character_set(question["database"]) is None:
        return None
    # There are no owners. An app's own database is the one that its user may do all with.
    return server.owner(question["database"], question["account"])


class _Rows:
    """The rows that fit."""

    def __init__(self, most):
        self._most = most
        self._bytes = 0
        self.rows = []
        self.cut = []

    def take(self, row):
        if len(self.rows) >= self._most:
            return False
        shown = [value if value is None or len(value) <= _MOST_CELL else value[:_MOST_CELL] for value in row]
        size = len(dumps(shown).encode("utf-8", "replace"))
        if self._bytes + size > _MOST_BYTES:
            return False
        self.cut += [
            [len(self.rows), column, len(value)] for column, value in enumerate(row) if value is not None and len(value) > _MOST_CELL
        ]
        self._bytes += size
        self.rows.append(shown)
        return True


def run(system, question):
    """The statement's result. This process is the account that the server takes for the role."""
    rows = _Rows(question["rows"])
    try:
        answer, seconds = {"postgresql": _in_postgres, "mysql": _in_mysql}[question["engine"]](system, question, rows)
    except pgwire.ServerError as error:
        raise _refused(question["text"], error, error.fields.get("D"), error.fields.get("H")) from error
    except mywire.ServerError as error:
        raise _refused(question["text"], error) from error
    except TimeoutError as error:
        raise problem("SQL_FAILED", why=f"It took longer than {question['seconds']} seconds and was given up.") from error
    except OSError as error:
        raise _unreachable(error) from error
    command, _, count = (answer.command or "").rpartition(" ")
    shown = len(rows.rows)
    whole = answer.complete and count.isdigit()
    return {
        "columns": answer.columns,
        "rows": rows.rows,
        "truncated": not answer.complete,
        "rowCount": int(count) if whole else shown,
        "ms": round(seconds * 1000, 1),
        "command": (command.split(" ")[0] if whole else answer.command) or _first_word(question["text"]).upper(),
        **({"cut": rows.cut} if rows.cut else {}),
    }


def _in_postgres(system, question, rows):
    settings = {"statement_timeout": f"{question['seconds']}s", "idle_in_transaction_session_timeout": "120s"}
    waiting = question["seconds"] + 5.0
    with system.postgres(engines.POSTGRES_SOCKET, question["role"], question["database"], settings, timeout=waiting) as session:
        if not question["write"]:
            session.query("BEGIN TRANSACTION READ ONLY")
            # With a first query behind it a transaction cannot be made one that writes.
            session.query("SELECT 1")
        began = system.monotonic()
        answer = session.query(question["text"], most=question["rows"] + 1, take=rows.take)
        seconds = system.monotonic() - began
    # Closing the session rolls back.
    return answer, seconds


def _in_mysql(system, question, rows):
    waiting = question["seconds"] + 5.0
    with system.mysql(mywire.SOCKET, question["role"], question["database"], timeout=waiting) as session:
        limit = question["seconds"]
        session.query(f"SET max_statement_time = {limit}" if "MariaDB" in session.version else f"SET max_execution_time = {limit * 1000}")
        if not question["write"]:
            _require_reading(question["text"])
            session.query("START TRANSACTION READ ONLY")
        began = system.monotonic()
        answer = session.query(question["text"], take=rows.take)
        seconds = system.monotonic() - began
    answer.command = f"{_first_word(question['text']).upper()} {answer.command or 0}"
    return answer, seconds


def _require_reading(text):
    """A compound statement or a procedure of MariaDB's may end the transaction and go on in one of its own; a statement that begins
    with one of these words cannot."""
    if _first_word(text).lower() not in _READING:
        words = ", ".join(word.upper() for word in _READING if word.isalpha())
        raise problem("SQL_FAILED", why=f"Without writing, a statement begins with one of {words}.")


def _first_word(text):
    """The word that a statement begins with, after what the server skips."""
    at = 0
    while (found := _COMMENT.match(text[at:])) and found.end():
        at += found.end()
    word = _WORD.match(text[at:])
    return word[0] if word else ""


def _refused(text, error, detail=None, hint=None):
    where = ""
    if error.position:
        line = text.count("\n", 0, error.position - 1) + 1
        where = f", at character {error.position}" + (f" in line {line}" if "\n" in text else "")
    extra = "\n".join(words for words in (detail, hint) if words) or None
    return problem("SQL_FAILED", why=f"{error.message} (SQLSTATE {error.state}{where}).", detail=extra)


def _unreachable(error):
    return problem("SQL_FAILED", why=f"The server could not be asked: {engines.why(error)}")
