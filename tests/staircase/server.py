"""The server of a chat, as people first write it: python server.py 5000

README.md shows its mistakes, and cures them."""

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
