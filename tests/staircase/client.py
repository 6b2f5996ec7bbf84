"""The client of a chat, as people first write it: python client.py 5000

README.md shows its mistakes, and cures them."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
connection = socket.socket()
connection.connect(("127.0.0.1", port))

while True:
    words = input(">> ")
    connection.send(words.encode())
    heard = connection.recv(2048)
    print("<<", heard.decode())
    if words == "q":
        connection.close()
