"""The server of a chat, as people first write it. It has mistakes: see README.md.

Start it with a port: python server.py 5000
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
listener = socket.socket()
listener.bind(("", port))
listener.listen(1)
print("Ready on port", port)
connection, caller = listener.accept()

while True:
    heard = connection.recv(2048)
    print("<<", heard.decode())
    reply = input(">> ")
    connection.send(reply.encode())
    if reply == "q":
        conn.close()
