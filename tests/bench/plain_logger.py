"""What many write who want MQTT in a database: paho-mqtt to SQLite, nothing verified. The ratio's other side.

    python -m tests.bench.plain_logger HOST PORT TOPIC FILE

QoS 1 with manual acknowledgement, one row per message, a commit with every sync for each group of 500 or when nothing
more comes. It is what the gateway would be without decoding, signatures, numbers, batches and answers.
"""

import signal
import sqlite3
import sys

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

GROUP = 500
PAUSE = 0.05  # seconds without a message that end a group


def main(host: str, port: int, topic: str, file: str) -> None:
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, topic TEXT, payload BLOB)")
    group: list[paho.MQTTMessage] = []
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
    client = paho.Client(CallbackAPIVersion.VERSION2, "plain-logger", clean_session=False, manual_ack=True)
    client.on_message = lambda _client, _data, message: group.append(message)
    client.on_connect = lambda *_: client.subscribe(topic, 1)
    client.connect(host, port)
    while not stopping:
        before = len(group)
        client.loop(PAUSE)
        if group and (len(group) >= GROUP or len(group) == before):
            database.execute("BEGIN")
            rows = [(message.topic, message.payload) for message in group]
            database.executemany("INSERT INTO messages (topic, payload) VALUES (?, ?)", rows)
            database.execute("COMMIT")
            for message in group:
                client.ack(message.mid, message.qos)
            group.clear()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
