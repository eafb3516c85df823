"""The demo API: a small HTTP service that keeps rows in the database.

GET /health  200 "ok", for health checks; says nothing about the database
GET /        this container's host name, the client's address, the version
GET /rows    the rows as a JSON array
POST /rows   stores the body as a row, answers 201 and its id
GET /secrets which secrets are there and how long they are, never what they are

The database is found under the name and with the password that the environment or its secret give; when it cannot serve, the
answer is 503 with the reason.
"""

import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer

import psycopg2

PORT = int(os.environ.get("API_PORT", "8000"))
VERSION = os.environ.get("API_VERSION", "unknown")
BROKEN = os.environ.get("API_BROKEN", "") != ""
SECRETS = Path(os.environ.get("API_SECRETS", "/run/secrets"))
DATABASE = os.environ.get("DB_HOST", "database")
DATABASE_USER = os.environ.get("DB_USER", "postgres")
SECRET_NAMES = ("db_password", "jwt_secret")
LARGEST_BODY = 64 * 1024
MOST_CONNECTIONS = 64
CREATE = "CREATE TABLE IF NOT EXISTS rows (id serial PRIMARY KEY, body text NOT NULL, writer text NOT NULL)"


class Unavailable(Exception):
    """The database cannot serve; the message says why."""


def secret(name):
    try:
        return (SECRETS / name).read_text().rstrip("\n")
    except OSError as e:
        raise Unavailable(f"secret {name}: {e.strerror}") from e


def in_database(work):
    try:
        connection = psycopg2.connect(
            host=DATABASE, user=DATABASE_USER, password=secret("db_password"), dbname="postgres", connect_timeout=5
        )
    except psycopg2.Error as e:
        raise Unavailable(f"database {DATABASE}: {e}".strip()) from e
    try:
        with connection, connection.cursor() as cursor:
            # Two first requests may race to create the table: the lock makes the second wait.
            cursor.execute("SELECT pg_advisory_xact_lock(8000)")
            cursor.execute(CREATE)
            return work(cursor)
    except psycopg2.Error as e:
        raise Unavailable(f"database {DATABASE}: {e}".strip()) from e
    finally:
        connection.close()


def insert(body):
    def work(cursor):
        cursor.execute("INSERT INTO rows (body, writer) VALUES (%s, %s) RETURNING id", (body, socket.gethostname()))
        return cursor.fetchone()[0]

    return in_database(work)


def select():
    def work(cursor):
        cursor.execute("SELECT id, body, writer FROM rows ORDER BY id")
        return [{"id": row[0], "body": row[1], "writer": row[2]} for row in cursor.fetchall()]

    return in_database(work)


def secret_lengths():
    lengths = {}
    for name in SECRET_NAMES:
        try:
            lengths[name] = len(secret(name))
        except Unavailable:
            lengths[name] = None
    return lengths


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/health":
            self.answer(500, "broken on purpose\n") if BROKEN else self.answer(200, "ok\n")
        elif path == "/":
            self.answer(200, f"{socket.gethostname()} {self.client_address[0]} {VERSION}\n")
        elif path == "/secrets":
            self.answer_json(200, secret_lengths())
        elif path == "/rows":
            self.serve(lambda: (200, select()))
        else:
            self.answer(404, f"no such path: {path}\n")

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            self.close_connection = True
            self.answer(411, "a Content-Length is needed\n")
            return
        if not 0 <= length <= LARGEST_BODY:
            self.close_connection = True
            self.answer(413, f"at most {LARGEST_BODY} bytes\n")
            return
        body = self.rfile.read(length).decode("utf-8", "replace")
        if self.path.split("?")[0] != "/rows":
            self.answer(404, f"no such path: {self.path}\n")
            return
        self.serve(lambda: (201, {"id": insert(body)}))

    def serve(self, work):
        try:
            status, value = work()
        except Unavailable as e:
            self.answer(503, f"{e}\n")
            return
        self.answer_json(status, value)

    def answer_json(self, status, value):
        self.answer(status, json.dumps(value) + "\n", "application/json")

    def answer(self, status, text, kind="text/plain; charset=utf-8"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Served-By", socket.gethostname())
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    room = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def server_bind(self):
        # The library's own also looks the host's name up in DNS, which may take seconds and serves nothing here.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request, client_address):
        self.room.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(("", PORT), Handler)
    print(f"api {VERSION} listens on port {PORT}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
