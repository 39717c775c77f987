"""One connection: hello, one request, its replies. The listener forks one process for each (daemon.py)."""

from . import PROTOCOL, VERSION, config
from .frames import ConsoleGone, FrameReader, FrameWriter
from .problems import Problem, problem, unexpected
from .protocol import OPERATIONS, REQUESTS, check

_HELLO_SECONDS = 60
_REQUEST_SECONDS = 600


def serve(system, console_in, console_out):
    """Speaks croft-host/1 on two descriptors until the dialogue has ended."""
    reader, writer = FrameReader(console_in), FrameWriter(console_out)
    try:
        try:
            configuration = config.load(system)
            _hello(system, configuration, reader, writer)
            request = check(reader.read(_REQUEST_SECONDS))
            result = answer(system, configuration, request, writer, console_in)
            writer.write({"type": "done", "result": result})
        except Problem as refused:
            writer.write(_refused(refused))
            return
        except (ConsoleGone, KeyboardInterrupt):
            raise
        except Exception as error:
            writer.write(_refused(unexpected(error, config.OPERATIONS)))
            return
    except ConsoleGone:
        return


def load_everything():
    """Loads what `answer` would load when it is asked for, for a process that serves many connections."""
    import json  # noqa: F401

    from . import asking, backups, certificates, compare, contents, confirmation, databases, disk, drift, execution, garbage  # noqa: F401
    from . import generations, hostkeys, inspection, jobs, journal, leaks, leftdata, mail, mailbackups, mailboxes, maildns, metrics, operation, operations, order  # noqa: F401
    from . import ports, probe, restore, secrets, snapshots, sql, state, storage, units, upgrade  # noqa: F401


def answer(system, configuration, request, writer, console_in):
    """The result of a request. Each part is loaded when it is asked for: most connections need one of them."""
    kind = request["type"]
    if kind in OPERATIONS:
        _operations(system, configuration).start(request)
        writer.write({"type": "accepted", "operation": request["operation"]})
        return {"operation": request["operation"]}
    if kind == "operations":
        return {"operations": _operations(system, configuration).reports(request.get("operation"), request.get("automatic", False))}
    if kind == "follow":
        return {"operation": _operations(system, configuration).follow(request, writer, console_in)}
    if kind == "confirm":
        return {"operation": _operations(system, configuration).confirm(request["operation"], console_in)}
    if kind == "cancel":
        return {"operation": _operations(system, configuration).cancel(request["operation"])}
    if kind == "state":
        if "generation" in request:
            from . import generations

            return generations.state(system, request["generation"])
        from .flake import Flake

        flake = Flake(system, configuration)
        revision = flake.main()
        return {"revision": revision, "state": flake.state_at(revision)}
    if kind == "generations":
        from . import generations

        return {"generations": generations.listed(system, configuration)}
    if kind == "compare":
        from . import compare

        return compare.systems(system, request.get("from"), request["to"])
    if kind == "closure":
        from . import contents

        return contents.serve(system, request)
    if kind == "mark":
        from . import generations

        return {"generation": generations.mark(system, configuration, request["generation"], request.get("pinned"), request.get("label"))}
    if kind == "disk":
        from . import disk

        return disk.read(system, configuration)
    if kind == "gc-plan":
        from . import garbage

        return garbage.plan(system, configuration, request.get("keepGenerations"), request.get("deleteGenerations")).result()
    if kind == "drift":
        from . import drift

        return drift.read(system, configuration, request.get("evaluate", False))
    if kind == "ports":
        from . import ports

        return ports.read(system)
    if kind.startswith("certificate"):
        from . import certificates

        return certificates.serve(system, request)
    if kind == "secrets":
        from . import secrets

        return secrets.listed(system)
    if kind == "secret-put":
        from . import secrets

        return secrets.put(system, request)
    if kind == "secret-remove":
        from . import secrets
        from .flake import Flake

        return secrets.remove(system, Flake(system, configuration), request)
    if kind == "snapshots":
        from . import snapshots

        return {"snapshots": snapshots.listed(system, request.get("app"))}
    if kind == "backups":
        from . import backups

        return backups.read(system)
    if kind == "backup-list":
        from . import backups

        return {"snapshots": backups.listed(system, request["target"], request.get("app"))}
    if kind == "restore-compared":
        from . import restore

        return restore.serve_compared(system, request)
    if kind == "restore-discard":
        from . import restore

        return restore.serve_discard(system, request)
    if kind == "ssh-keys":
        from . import hostkeys

        return hostkeys.read(system, request)
    if kind == "replaced-drop":
        from . import restore

        return restore.serve_drop(system, request)
    if kind in ("databases", "database-drop"):
        from . import databases

        return databases.read(system) if kind == "databases" else databases.serve_drop(system, request)
    if kind == "database-password-renew":
        from . import passwords

        return passwords.serve_renew(system, request)
    if kind == "cluster-drop":
        from . import upgrade

        return upgrade.serve_cluster_drop(system, request)
    if kind == "sql":
        from . import sql

        return sql.serve(system, request)
    if kind == "order":
        from . import order

        return order.read(system)
    if kind in ("mail-restore-compared", "mail-restore-drop"):
        from . import mailbackups

        serve = mailbackups.serve_compared if kind == "mail-restore-compared" else mailbackups.serve_drop
        return serve(system, request["id"])
    if kind.startswith("mail"):
        from . import mail

        return mail.serve(system, request)
    if kind in ("jobs", "job-run"):
        from . import jobs

        return jobs.read(system, request.get("app")) if kind == "jobs" else jobs.run(system, request["app"], request["job"])
    if kind == "exec":
        from . import execution

        return execution.serve(system, request, writer, console_in)
    if kind in ("storage", "browse", "read-file"):
        from . import storage

        if kind == "read-file":
            return storage.read_file(system, request["app"], request["path"], request["offset"], writer)
        return storage.read(system, request["app"]) if kind == "storage" else storage.browse(system, request["app"], request["path"])
    if kind in ("data-list", "data-drop"):
        from . import leftdata

        return leftdata.read(system, configuration) if kind == "data-list" else leftdata.serve_drop(system, configuration, request)
    if kind == "unit-states":
        from . import unitstates

        return unitstates.serve(system, request, writer, console_in)
    if kind == "units":
        from . import units

        return units.read(system, request["apps"])
    if kind == "control":
        from . import units

        return units.control(system, request["app"], request["action"])
    if kind == "journal":
        from . import journal

        return journal.serve(system, request, writer, console_in)
    if kind == "metrics":
        from . import metrics

        return metrics.serve(system, request, writer, console_in)
    if kind == "inspect":
        from . import inspection

        return inspection.inspect(system, request["url"], request.get("ref"), writer.fileno())
    if kind == "probe":
        from . import probe

        return probe.probe(system, configuration)
    raise problem("INTERNAL", why=f"{kind} is declared but not served.")


def _hello(system, configuration, reader, writer):
    hello = reader.read(_HELLO_SECONDS)
    if hello["type"] != "hello":
        raise problem("PROTOCOL_ERROR", why="The first frame must be hello.")
    offered = hello.get("protocol")
    if offered != PROTOCOL or isinstance(offered, bool):
        raise problem("PROTOCOL_UNSUPPORTED", offered=str(offered)[:20], spoken=PROTOCOL)
    writer.write(
        {
            "type": "hello",
            "protocol": PROTOCOL,
            "hostd": VERSION,
            "host": config.host_name(system, configuration),
            "capabilities": sorted(REQUESTS),
        }
    )


def _operations(system, configuration):
    from .operations import Operations

    return Operations(system, configuration)


def _refused(found):
    frame = {"type": "refused", "problem": found.as_json()}
    if found.detail:
        frame["detail"] = found.detail
    return frame
