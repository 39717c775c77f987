"""An app with a database, a cache and a volume. Its version is the number in VERSION; the migration and the job are commands of it."""

import json
import os
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
VERSION = (HERE / "VERSION").read_text().strip()
# PATH has what the builder gives; the client is the system's.
PSQL = "/run/current-system/sw/bin/psql"


def sql(statement, database=None):
    """The first column of the answer, or the server's complaint. Host, user and database come from the environment alone."""
    words = [PSQL, "-XtA", "-v", "ON_ERROR_STOP=1", "-c", statement, *(["-d", database] if database else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else done.stderr.strip()


def redis(*words):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["REDIS_SOCKET"])
        connection.sendall(b"".join([b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words))]))
        return connection.recv(4096).decode().strip()


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = {
            "version": VERSION,
            "migrations": sql("SELECT version FROM migrations ORDER BY number"),
            "extensions": sql("SELECT extname FROM pg_extension ORDER BY 1"),
            "whoami": sql("SELECT current_user || '@' || current_database()"),
            "url": sql("SELECT current_database()", os.environ["DATABASE_URL"]),
            "neighbour": sql("SELECT 1", "wiki_db"),
            "superuser": sql("SET ROLE postgres"),
            "visits": redis("INCR", "visits"),
            "files": sorted(path.name for path in Path(os.environ["STORAGE_MEDIA"]).iterdir()),
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def migrate():
    failed = sql("CREATE TABLE IF NOT EXISTS migrations (number serial, version text)")
    if isinstance(failed, str):
        sys.exit(failed)
    # A test holds a migration open with this file, and sees who serves meanwhile.
    while Path(os.environ["STORAGE_MEDIA"], "hold").exists():
        time.sleep(0.1)
    if (HERE / "BROKEN").exists():
        sys.exit("this migration does not work")
    sql(f"INSERT INTO migrations (version) VALUES ('{VERSION}')")


if __name__ == "__main__":
    if "--migrate" in sys.argv:
        migrate()
    elif "--job" in sys.argv:
        Path(os.environ["STORAGE_MEDIA"], "from-the-job").write_text(f"{VERSION} {redis('GET', 'visits')}")
    else:
        ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), App).serve_forever()
