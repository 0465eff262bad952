"""Where the server under test is, and how to get there."""

import base64
import os
import socket
import struct
from typing import NamedTuple

#: Seconds until a wait gives up. Generous on purpose: it is paid only by a failing test.
DEADLINE_S = 25


class Place(NamedTuple):
    """A listener of the server on the loopback, and what is to be spoken there."""

    port: int
    #: `tcp` or `ws`.
    transport: str
    #: 4 is MQTT 3.1.1.
    version: int
    host: str = '127.0.0.1'


class TcpPipe:
    """Bytes over a TCP connection."""

    def __init__(self, place):
        self.socket = socket.create_connection((place.host, place.port), DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, timeout):
        """The bytes that are there; b'' at the end. Raises TimeoutError after `timeout` seconds."""
        self.socket.settimeout(timeout)
        return self.socket.recv(65536)

    def close(self):
        """Ends the socket without a word."""
        self.socket.close()


class WsPipe(TcpPipe):
    """Bytes as binary frames of a WebSocket, one frame for each send."""

    def __init__(self, place):
        super().__init__(place)
        self._bytes = b''
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f'GET /mqtt HTTP/1.1\r\nHost: {place.host}:{place.port}\r\nUpgrade: websocket\r\n'
            f'Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n'
            'Sec-WebSocket-Protocol: mqtt\r\n\r\n'.encode()
        )
        while b'\r\n\r\n' not in self._bytes:
            chunk = super().receive(DEADLINE_S)
            assert chunk, f'no upgrade: {self._bytes!r}'
            self._bytes += chunk
        head, self._bytes = self._bytes.split(b'\r\n\r\n', 1)
        assert head.startswith(b'HTTP/1.1 101'), head

    def send(self, data):
        length = len(data)
        if length < 126:
            head = struct.pack('!BB', 0x82, 0x80 | length)
        elif length < 65536:
            head = struct.pack('!BBH', 0x82, 0x80 | 126, length)
        else:
            head = struct.pack('!BBQ', 0x82, 0x80 | 127, length)
        self.socket.sendall(head + b'\0\0\0\0' + data)  # a mask of zeros is a mask

    def receive(self, timeout):
        while True:
            frame = self._frame()
            if frame is None:
                chunk = super().receive(timeout)
                if not chunk:
                    return b''
                self._bytes += chunk
                continue
            opcode, payload = frame
            if opcode == 0x8:
                return b''
            if opcode in (0x0, 0x2):
                return payload

    def _frame(self):
        """The first whole frame of what was received, or None."""
        data = self._bytes
        if len(data) < 2:
            return None
        length, start = data[1] & 0x7F, 2
        if length == 126:
            start = 4
        elif length == 127:
            start = 10
        if len(data) < start:
            return None
        if start > 2:
            length = int.from_bytes(data[2:start], 'big')
        if len(data) < start + length:
            return None
        self._bytes = data[start + length :]
        return data[0] & 0x0F, data[start : start + length]


def open_pipe(place):
    """A new connection that has not said anything of MQTT yet."""
    return WsPipe(place) if place.transport == 'ws' else TcpPipe(place)
