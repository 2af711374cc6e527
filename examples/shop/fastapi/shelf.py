"""What the shop itself keeps, for all of its workers: carts by the visitor's UVID, and who is signed in."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class Customer:
    name: str
    carried: bool  # whether the visitor's UVID came along into the session


class Shelf:
    def __init__(self, path: str) -> None:
        self._rows = sqlite3.connect(path, timeout=5, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("CREATE TABLE IF NOT EXISTS carts (uvid TEXT, id TEXT, count INTEGER, PRIMARY KEY (uvid, id))")
        self._rows.execute("CREATE TABLE IF NOT EXISTS customers (session TEXT PRIMARY KEY, name TEXT, carried INTEGER)")

    def add(self, uvid: str, id: str) -> None:
        more = "INSERT INTO carts VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1"
        self._rows.execute(more, (uvid, id))

    def cart(self, uvid: str) -> dict[str, int]:
        # In the order in which they came: rows of a table have a number.
        return dict(self._rows.execute("SELECT id, count FROM carts WHERE uvid = ? ORDER BY rowid", (uvid,)))

    def sign_in(self, session: str, customer: Customer) -> None:
        self._rows.execute("INSERT INTO customers VALUES (?, ?, ?)", (session, customer.name, customer.carried))

    def sign_out(self, session: str) -> None:
        self._rows.execute("DELETE FROM customers WHERE session = ?", (session,))

    def customer(self, session: str) -> "Customer | None":
        row = self._rows.execute("SELECT name, carried FROM customers WHERE session = ?", (session,)).fetchone()
        return Customer(row[0], bool(row[1])) if row else None
