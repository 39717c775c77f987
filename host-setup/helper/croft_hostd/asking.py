"""What croft-hostd itself may not do, in a unit of its own: questions to a database server, as the account that the server knows.

croft-hostd itself cannot become another account, and is not to. It starts `croft-op ask` as that account, closed in, with the
question on its stdin and the answer on its stdout; nothing of either is in an argument.
"""

from . import programs
from .jsontext import dumps, loads
from .problems import Problem, problem

#: Beside the time that a statement may take.
_STARTING_SECONDS = 20
_CONFINED = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "PrivateNetwork=yes",
    "MemoryMax=512M",
    "UMask=0077",
)


def ask(system, account, question, seconds=60, writable=(), capabilities=""):
    """The answer to `question` ({"what", …}), which `answer` gives in a process of that account. It may write below `writable`, and has
    of root's rights, where it is root, only `capabilities`."""
    done = system.run(
        [
            "systemd-run",
            "--quiet",
            "--collect",
            "--pipe",
            "--wait",
            "--no-ask-password",
            "--service-type=exec",
            "--description=Croft: a question for another account",
            f"--uid={account}",
            f"--property=RuntimeMaxSec={seconds + _STARTING_SECONDS}",
            *(f"--property={setting}" for setting in _CONFINED),
            f"--property=CapabilityBoundingSet={capabilities}",
            *(f"--property=ReadWritePaths={place}" for place in writable),
            *programs.ENVIRONMENT,
            "--",
            *programs.croft_op("ask", "-"),
        ],
        stdin=dumps(question).encode("utf-8"),
        timeout=seconds + 2 * _STARTING_SECONDS,
    )
    try:
        found = loads(done.out)
    except ValueError:
        raise problem("INTERNAL", why=f"A question for another account was not answered (code {done.code}).", detail=done.err) from None
    if "problem" in found:
        given = found["problem"]
        raise Problem(given["code"], given["what"], given["why"], given["next"], found.get("detail"))
    return found["answer"]


def answer(system, text):
    """What `croft-op ask` prints for the question in `text`."""
    from . import databases, leftdata, sql, upgrade

    question = loads(text)
    kinds = {
        "postgresql": databases.read_postgres,
        "mysql": databases.read_mysql,
        "owner": sql.owner,
        "sql": sql.run,
        "drop": databases.drop,
        "drop-cluster": upgrade.drop_cluster,
        "drop-data": leftdata.drop,
    }
    try:
        return dumps({"answer": kinds[question["what"]](system, question)})
    except Problem as found:
        return dumps({"problem": found.as_json(), **({"detail": found.detail} if found.detail else {})})
