"""The server's first version: what NOT to do. README.md beside it shows the mistakes.

Start it with a port, or with 0 for any free one: python server.py 5000
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
listener = socket.socket()
listener.bind(("", port))
listener.listen(1)
print("Ready on port", listener.getsockname()[1])
connection, caller = listener.accept()

while True:
    heard = connection.recv(2048)
    print("<<", heard.decode())
    reply = input(">> ")
    connection.send(reply.encode())
    if reply == "q":
        conn.close()  # noqa: F821 (the mistake: nothing has this name)
