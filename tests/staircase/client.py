"""The client of a chat, as people first write it: python client.py 5001

tests/staircase/README.md shows its mistakes, and cures them."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 5001
connection = socket.socket()
connection.connect(("127.0.0.1", port))

while True:
    message = input(">> ")
    connection.send(message.encode())
    received = connection.recv(2048).decode()
    print("<< " + received)
    if message == "q":
        connection.close()
