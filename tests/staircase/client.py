"""The client of a chat, as people first write it. It has mistakes: see README.md.

Start it after the server, with the same port: python client.py 5000
"""

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
