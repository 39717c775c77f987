"""Makes /etc/passwd, group and shadow agree with the users and groups of a configuration.

Accounts of Debian stay. Accounts of the configuration are made or updated; one that an earlier configuration had and
this one has not is removed. A number, once given to a name, stays with that name for ever (/var/lib/nixos/uid-map,
gid-map), because files keep the number after the account has gone.

usage: update-users.py SPEC.json
"""

import contextlib
import fcntl
import json
import os
import pathlib
import sys
import time

ETC = pathlib.Path("/etc")
STATE = pathlib.Path("/var/lib/nixos")
SYSTEM_IDS = range(999, 399, -1)
NORMAL_IDS = range(1000, 30000)
UNSET_PASSWORD = "!"


def warn(message):
    print(f"warning: {message}", file=sys.stderr)


def write(path, text, mode):
    temporary = path.with_name(path.name + ".tmp-nixos")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        if path.exists():
            status = path.stat()
            os.fchown(descriptor, status.st_uid, status.st_gid)
            mode = status.st_mode & 0o7777
        os.fchmod(descriptor, mode)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)


def read_json(path, default):
    return json.loads(path.read_text()) if path.exists() else default


class Table:
    """A colon-separated file, keyed by its first field, that keeps the order of its lines."""

    def __init__(self, name, mode=0o644):
        self.path, self.mode = ETC / name, mode
        self.before = self.path.read_text() if self.path.exists() else ""
        self.rows = {line.split(":")[0]: line.split(":") for line in self.before.splitlines() if line}

    def save(self):
        text = "".join(":".join(row) + "\n" for row in self.rows.values())
        if text != self.before:
            write(self.path, text, self.mode)


class Numbers:
    """Gives each name its number: the declared one, the one it has, the one it had, or a new one."""

    def __init__(self, map_name, table):
        self.path = STATE / map_name
        self.known = read_json(self.path, {})
        self.table = table
        self.used = {int(row[2]) for row in table.rows.values()} | set(self.known.values())

    def of(self, name, declared, candidates):
        present = self.table.rows.get(name)
        if declared is not None:
            if present and int(present[2]) != declared:
                warn(f"not applying ID change of {name} ({present[2]} -> {declared}) in {self.table.path}")
                return int(present[2])
            number = declared
        elif present:
            number = int(present[2])
        elif name in self.known:
            number = self.known[name]
        else:
            number = next((n for n in candidates if n not in self.used), None)
            if number is None:
                sys.exit(f"update-users: no free number for {name}; remove names from {self.path} that no file needs")
        self.used.add(number)
        self.known[name] = number
        return number

    def save(self):
        write(self.path, json.dumps(self.known, sort_keys=True) + "\n", 0o644)


def password_hash(user, present):
    """What goes into shadow, or None to leave what is there."""
    if user["hashedPasswordFile"] is not None:
        try:
            return pathlib.Path(user["hashedPasswordFile"]).read_text().strip()
        except OSError as problem:
            warn(f"password file for {user['name']} cannot be read: {problem}")
            return None if present else UNSET_PASSWORD
    if user["hashedPassword"] is not None:
        return user["hashedPassword"]
    if present:
        return None
    return user["initialHashedPassword"] or UNSET_PASSWORD


def make_home(user, uid, gid):
    home = pathlib.Path(user["home"])
    if not home.exists():
        home.mkdir(parents=True)
        os.chown(home, uid, gid)
        home.chmod(int(user["homeMode"], 8))


def main(spec):
    STATE.mkdir(parents=True, exist_ok=True)
    # the lock that useradd and passwd take as well
    with open(ETC / ".pwd.lock", "w", encoding="utf-8") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        update(spec)


def update(spec):
    passwd, group, shadow = Table("passwd"), Table("group"), Table("shadow", 0o640)
    uids, gids = Numbers("uid-map", passwd), Numbers("gid-map", group)
    declared = {"users": sorted(u["name"] for u in spec["users"]), "groups": sorted(g["name"] for g in spec["groups"])}
    declared["memberships"] = spec["memberships"]
    before = {"users": [], "groups": [], "memberships": {}} | read_json(STATE / "declarative.json", {})

    for name in set(before["users"]) - set(declared["users"]):
        passwd.rows.pop(name, None)
        shadow.rows.pop(name, None)
    for name in set(before["groups"]) - set(declared["groups"]):
        group.rows.pop(name, None)

    for entry in spec["groups"]:
        present = group.rows.get(entry["name"])
        gid = gids.of(entry["name"], entry["gid"], SYSTEM_IDS)
        # Debian's own groups, and groups edited by hand, keep the members they have
        kept = present[3].split(",") if present and present[3] and entry["name"] not in before["groups"] else []
        members = sorted(set(kept) | set(entry["members"]))
        group.rows[entry["name"]] = [entry["name"], "x", str(gid), ",".join(members)]

    for name in before["memberships"].keys() | spec["memberships"].keys():
        update_members(group, name, before["memberships"].get(name, []), spec["memberships"].get(name, []))

    for user in spec["users"]:
        add_user(user, passwd, group, shadow, uids)

    passwd.save()
    group.save()
    shadow.save()
    uids.save()
    gids.save()
    write(STATE / "declarative.json", json.dumps(declared, indent=1) + "\n", 0o644)
    for user in spec["users"]:
        if user["createHome"]:
            make_home(user, int(passwd.rows[user["name"]][2]), int(passwd.rows[user["name"]][3]))


def update_members(group, name, before, after):
    """Who is in a group of Debian's: the ones we put in before may go, others stay."""
    row = group.rows.get(name)
    if row is None:
        if after:
            warn(f"the group {name} does not exist; not adding {', '.join(after)}")
        return
    present = [member for member in row[3].split(",") if member]
    row[3] = ",".join([m for m in present if m not in before or m in after] + [m for m in after if m not in present])


def add_user(user, passwd, group, shadow, uids):
    name = user["name"]
    if user["group"] not in group.rows:
        sys.exit(f"update-users: the group {user['group']} of user {name} does not exist; declare users.groups.{user['group']}")
    uid = uids.of(name, user["uid"], SYSTEM_IDS if user["isSystemUser"] else NORMAL_IDS)
    gid = group.rows[user["group"]][2]
    passwd.rows[name] = [name, "x", str(uid), gid, user["description"], user["home"], user["shell"]]
    hashed = password_hash(user, name in shadow.rows)
    if name not in shadow.rows:
        today = str(int(time.time()) // 86400)
        shadow.rows[name] = [name, hashed, today, "", "", "", "", "", ""]
    elif hashed is not None:
        shadow.rows[name][1] = hashed


if __name__ == "__main__":
    main(json.loads(pathlib.Path(sys.argv[1]).read_text()))
