"""The server of a chat, as people first write it: python server.py 5001

tests/staircase/README.md shows its mistakes, and cures them."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 5001
listener = socket.socket()
listener.bind(("", port))
listener.listen(1)
print("Welcome: The server is now ready to receive")
connection, address = listener.accept()

while True:
    received = connection.recv(2048).decode()
    print("<< " + received)
    message = input(">> ")
    connection.send(message.encode())
    if message == "q":
        conn.close()
