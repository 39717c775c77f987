"""What can go wrong, in words a person can act on: the box's half of the closed list in docs/protocol.md.

Every text lives here and nowhere else, so that one test can hold them against the protocol and the
troubleshooting page. Values enter the texts through named places only.
"""

#: code -> (what happened, why, what to do next)
TEXTS = {
    "PROTOCOL_ERROR": (
        "The box could not read what the console sent.",
        "{why}",
        "Try again. If it happens again, console and box are of different versions: update the older one.",
    ),
    "PROTOCOL_UNSUPPORTED": (
        "The console and the box do not speak the same protocol.",
        "The console offered version {offered}; this box speaks version {spoken}.",
        "Update the older side: the console, or the box's croft input followed by an apply.",
    ),
    "NOT_ALLOWED": (
        "The box refused the request.",
        "{why}",
        "{next}",
    ),
    "NOT_FOUND": (
        "The box does not know {thing}.",
        "{why}",
        "Reload the page; it shows what the box has now.",
    ),
    "BAD_REQUEST": (
        "The box refused the request.",
        "{field}: {why}",
        "Correct the value and try again. If you did not type it, the console is at fault: please report it.",
    ),
    "STATE_REFUSED": (
        "The box did not accept the desired state.",
        "{field}: {why}",
        "Correct that field in the console and apply again.",
    ),
    "STATE_VERSION": (
        "The box does not know this version of the desired state.",
        "state.json says version {found}; this box understands version {wanted}.",
        "Update the box's croft input, or go back to a console of the box's age.",
    ),
    "HOST_BUSY": (
        "Another change is running on the box.",
        "{holder}",
        "Wait until it has ended, then try again.",
    ),
    "HOST_FLAKE_DIRTY": (
        "The box's flake was edited by hand, so Croft left it alone.",
        "{why}",
        "Commit or discard the edit in {flake} on the box (git status shows it), then apply again.",
    ),
    "SOURCE_REFUSED": (
        "Croft does not fetch from this address.",
        "{why}",
        "Use an https:// or ssh address without a password in it; plain http:// only for private addresses.",
    ),
    "SOURCE_UNREACHABLE": (
        "The box could not fetch {url}.",
        "{why}",
        "Check the address and that the box may read it (a private repository needs ssh and a key on the box), then try again.",
    ),
    "SOURCE_REF_NOT_FOUND": (
        "{url} has no {ref}.",
        "The repository answered, but has no branch, tag or commit of that name.",
        "Check the spelling, or leave the ref empty to take the default branch.",
    ),
    "SOURCE_NOT_BUILDABLE": (
        "Croft found nothing in the repository that it knows how to build.",
        "{why}",
        "Add one of: flake.nix, package.json, pyproject.toml, app.py or main.py, index.html at the top of the repository; or name the builder yourself.",
    ),
    "SOURCE_CHANGED": (
        "The source is not what was reviewed.",
        "{why}",
        "Deploy again: that reads the source anew. If the same revision gives another hash, ask its owner why.",
    ),
    "EVALUATION_FAILED": (
        "Nix could not evaluate the configuration.",
        "{why}",
        "Correct the setting that the message names, then apply again.",
    ),
    "EVALUATION_OUT_OF_MEMORY": (
        "The box has too little memory to evaluate the configuration.",
        "{why}",
        "Stop something on the box, add swap or memory, then apply again.",
    ),
    "BUILD_FAILED": (
        "{subject} did not build.",
        "{why}",
        "The builder's last lines are below. Correct the source, push it and deploy again.",
    ),
    "STATE_CHANGED": (
        "The box's state.json was changed after the console had read it, so nothing was applied.",
        "The change builds on commit {base}; main is at {main} now, and its state.json is another one.",
        "Look at what changed, then make the change once more.",
    ),
    "PLAN_OUTDATED": (
        "The box changed after the review, so nothing was applied.",
        "{why}",
        "Review the change again, then apply.",
    ),
    "DISK_FULL": (
        "The box's disk is full.",
        "{where} has {free} left; this needs {needed}.",
        "{next}",
    ),
    "BOOT_FULL": (
        "/boot has no room for the new system.",
        "It has {free} left; the new kernel and its initial file system need {needed}.",
        "{next}",
    ),
    "SNAPSHOT_FAILED": (
        "The data of {app} could not be copied before its new version starts.",
        "{why}",
        "Nothing was changed. Make room or mend what the reason names, then apply again.",
    ),
    "SNAPSHOT_NOT_FOUND": (
        "The box has no snapshot {snapshot} of {app}.",
        "{why}",
        "Go back with the code only, or choose another deployment.",
    ),
    "DUMP_FAILED": (
        "A database of {app} could not be dumped or loaded.",
        "{why}",
        "Its data is as it was, and so is what was kept of it before. Make room, start the database or mend what the reason names, then try again.",
    ),
    "MIGRATION_FAILED": (
        "The migration of {app} failed, so its new version was not started.",
        "{why}",
        "Its last lines are below. Correct the migration, push it and deploy again.",
    ),
    "DATABASE_IN_USE": (
        "The database {database} was not dropped.",
        "{why}",
        "{next}",
    ),
    "DATA_IN_USE": (
        "The {data} was not deleted.",
        "{why}",
        "{next}",
    ),
    "SQL_FAILED": (
        "The database did not run the statement.",
        "{why}",
        "Correct the statement and run it again.",
    ),
    "UPGRADE_NEEDED": (
        "A database server cannot change its version like that.",
        "{why}",
        "Change the version with the guided upgrade on the Services page, which takes the data along.",
    ),
    "UPGRADE_FAILED": (
        "The database server was not upgraded.",
        "{why}",
        "The old cluster was not touched. Mend what the reason names, then try again.",
    ),
    "EXEC_FAILED": (
        "The command of {app} did not come to its own end.",
        "{why}",
        "Correct the command, or give it more time, and run it again.",
    ),
    "SWITCH_FAILED": (
        "The new system could not be activated.",
        "{why}",
        "Read the lines below for the unit or script that failed, correct it, then apply again.",
    ),
    "APP_EXITED": (
        "{app} stopped right after it was started.",
        "{why}",
        "Its last lines are below. Correct the app or its start command, then deploy again.",
    ),
    "APP_UNHEALTHY": (
        "{app} runs but did not pass its health check.",
        "{why}",
        "Check that it listens on the port given in PORT and answers the health path with 2xx or 3xx; give it more time if it starts slowly.",
    ),
    "PORT_TAKEN": (
        "Port {port}, which {app} should use, is already taken.",
        "It is held by {holder}.",
        "Give {app} another port, or stop what holds this one, then deploy again.",
    ),
    "CERTIFICATE_REFUSED": (
        "The box did not take the certificate for {name}.",
        "{why}",
        "{next}",
    ),
    "CERTIFICATE_NOT_ISSUED": (
        "No certificate came for {name}.",
        "{why}",
        "{next}",
    ),
    "CERTIFICATE_IN_USE": (
        "The certificate {name} was not deleted.",
        "{why}",
        "Take the domain away from the app first, or give it another kind of certificate.",
    ),
    "MAIL_NOT_SET_UP": (
        "The box has no mail for this.",
        "{why}",
        "Set mail up on the Services page, or attach it to the app, and apply that first.",
    ),
    "MAILBOX_IN_USE": (
        "The mail of {mailbox} was not deleted.",
        "{why}",
        "Take the mailbox out of the settings and apply that first.",
    ),
    "SECRET_MISSING": (
        "{owner} needs the secret {name}, which the box does not have.",
        "The desired state, or the system that was to run, gives it to a unit; without it the unit could not start.{more}",
        "Set it where {owner} has its secrets, then try again.",
    ),
    "SECRET_IN_USE": (
        "The secret {name} of {owner} was not removed.",
        "{why}",
        "Take it out of the settings of {owner} and apply that first.",
    ),
    "SECRET_LOCKED": (
        "The box could not open the secret {name} of {owner}, which is kept in git.",
        "{field}: {why}",
        "{next}",
    ),
    "SECRET_FOUND": (
        "There is a secret where anybody on the box could read it.",
        "{where} has {kind}.{more}",
        "{next}",
    ),
    "GENERATION_NOT_FOUND": (
        "The box has no {generation}.",
        "{why}",
        "Choose one of the generations that the Host page lists now.",
    ),
    "GENERATION_IN_USE": (
        "Generation {generation} was not deleted.",
        "{why}",
        "Choose another one; the plan says which can be deleted.",
    ),
    "CONFIRM_REFUSED": (
        "The change was not confirmed.",
        "{why}",
        "{next}",
    ),
    "CONFIRM_MISSED": (
        "Nobody confirmed the change in time, so the box went back.",
        "{why}",
        "If the console could not be reached meanwhile, the change would have locked you out: correct it. Otherwise apply again and confirm it.",
    ),
    "REVERTED": (
        "The change was reverted.",
        "{why}",
        "Nothing needs to be done.",
    ),
    "OPERATION_DIED": (
        "The operation's process on the box ended before it finished.",
        "{why}",
        "Look at the box's state on the Host page, then try again.",
    ),
    "CANCELLED": (
        "The operation was cancelled.",
        "{why}",
        "Nothing needs to be done.",
    ),
    "INTERNAL": (
        "Something went wrong inside croft-hostd.",
        "{why}",
        "Try again. If it happens again, please report it with the details below.",
    ),
    "BACKUP_UNREACHABLE": (
        "The backup target {target} cannot be reached.",
        "{why}",
        "Look whether the disk is mounted, or the server is up and has room, then run the backup again. Older backups are untouched.",
    ),
    "BACKUP_REFUSED": (
        "The backup target {target} refuses the box.",
        "{why}",
        "Give it other keys on the Backups page, or let this one in on the server. If the repository's password is another, set RESTIC_PASSWORD of the service backup-{target} anew. Then try again.",
    ),
    "BACKUP_DAMAGED": (
        "The backups at {target} are damaged.",
        "{why}",
        "Do not count on them. Back up to another target now; then check the disk or server, and mend what is left with restic repair, or begin a new repository.",
    ),
    "BACKUP_FAILED": (
        "The backup to {target} failed.",
        "{why}",
        "The operation's log has restic's words. What was kept before is untouched; run the backup again when the reason is gone.",
    ),
    "RESTORE_TEST_FAILED": (
        "What was restored from {target} does not work: {app}.",
        "{why}",
        "Look at the app's log of the test. If the app is well by itself, something that it needs is not part of its backup.",
    ),
}

#: What a text says when its maker knows nothing better.
_DEFAULTS = {
    "CERTIFICATE_NOT_ISSUED": {
        "next": "Correct what the reason names, then try again; the box tries by itself as well, every few hours. Until then it serves the certificate that it has."
    },
    "CERTIFICATE_REFUSED": {"next": "Upload the certificate of this domain, the certificates of those who issued it, and its key."},
    "DATA_IN_USE": {"next": "Remove the app, or detach this from it, and apply that first."},
    "DATABASE_IN_USE": {"next": "Detach it from the app and apply that first."},
    "DISK_FULL": {"next": "Delete old generations and collect garbage, or enlarge the disk, then apply again."},
}

#: A detail is a log excerpt for a person; the frame limit leaves room for it and no more.
DETAIL_BYTES = 64 * 1024


class Problem(Exception):
    """One entry of the closed list, filled in. The only exception that crosses module borders."""

    def __init__(self, code, what, why, next_step, detail=None):
        super().__init__(f"{code}: {what} {why}")
        self.code = code
        self.what = what
        self.why = why
        self.next = next_step
        self.detail = detail

    def with_outcome(self, sentence):
        """The same problem, saying also which system runs now: the first thing an operator needs to know."""
        return Problem(self.code, f"{self.what} {sentence}", self.why, self.next, self.detail)

    def as_json(self):
        return {"code": self.code, "what": self.what, "why": self.why, "next": self.next}


def problem(code, detail=None, **values):
    """The problem `code` with its texts filled in."""
    what, why, next_step = (text.format_map({**_DEFAULTS.get(code, {}), **values}) for text in TEXTS[code])
    return Problem(code, what, why, next_step, keep_end(detail) if detail else None)


def unexpected(error, place):
    """An exception that nobody foresaw, as a problem; a full disk is told apart, for it can hit any write."""
    import errno
    import traceback

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return problem("DISK_FULL", where=str(error.filename or place), free="nothing", needed="room to write down the operation")
    return problem("INTERNAL", why=f"{type(error).__name__}: {error}", detail=traceback.format_exc())


def keep_end(text, limit=DETAIL_BYTES):
    """The last `limit` bytes of `text`, cut at a line: the end of a log is where the reason is."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return text
    tail = raw[-limit:]
    newline = tail.find(b"\n")
    return "…\n" + tail[newline + 1 if 0 <= newline < 4096 else 0 :].decode("utf-8", "ignore")


def human_bytes(count):
    """A size as people read it: 812 MiB."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit in ("B", "KiB", "MiB") else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError("unreachable")
