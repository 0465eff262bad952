"""A strict client that does nothing by itself: it sends what it is told and judges every byte it gets."""

import time
from types import SimpleNamespace

import wire_packets as packets
from place import DEADLINE_S, open_pipe


class Wire:
    """A connection in MQTT packets, none of them answered unless the test does."""

    def __init__(self, place):
        self.version = place.version
        self._pipe = open_pipe(place)
        self._bytes = b''

    def connect(self, client_id, clean=True, keepalive=0, will=None, **properties):
        """Sends CONNECT and takes the CONNACK."""
        self.send(packets.connect(self.version, client_id, clean, keepalive, will, properties))
        return self.expect('CONNACK')

    def send(self, data):
        self._pipe.send(data)

    def publish(self, topic, payload, qos=0, packet_id=0, retain=False, dup=False, **properties):
        body = payload if isinstance(payload, bytes) else payload.encode()
        self.send(packets.publish(self.version, topic, body, qos, packet_id, retain, dup, properties))

    def subscribe(self, packet_id, *subscriptions, **properties):
        """Sends SUBSCRIBE with pairs of filter and options byte."""
        self.send(packets.subscribe(self.version, packet_id, subscriptions, properties))

    def unsubscribe(self, packet_id, *filters):
        self.send(packets.unsubscribe(self.version, packet_id, filters))

    def ack(self, kind, packet_id):
        """Sends PUBACK, PUBREC, PUBREL or PUBCOMP."""
        self.send(packets.ack(kind, packet_id))

    def disconnect(self, **properties):
        """Sends DISCONNECT and waits until the server has closed."""
        self.send(packets.disconnect(self.version, properties))
        while self.read() is not None:
            pass

    def drop(self):
        """Ends the socket without a word."""
        self._pipe.close()

    def read(self, timeout=DEADLINE_S):
        """The next packet, or None when the server has closed. Raises TimeoutError after `timeout` seconds."""
        end = time.monotonic() + timeout
        while True:
            found = packets.decode(self._bytes, self.version)
            if found is not None:
                packet, used = found
                self._bytes = self._bytes[used:]
                return packet
            try:
                chunk = self._pipe.receive(max(end - time.monotonic(), 0.001))
            except ConnectionError:
                chunk = b''
            if not chunk:
                assert not self._bytes, f'the server stopped within a packet: {self._bytes!r}'
                return None
            self._bytes += chunk

    def expect(self, kind, timeout=DEADLINE_S):
        """The next packet, which must be of this kind."""
        packet = self.read(timeout)
        assert packet is not None, f'waited for {kind}, the server closed'
        assert packet.kind == kind, f'waited for {kind}, got {packet}'
        return packet

    def expect_each(self, **counts):
        """
        Reads until so many packets of each kind came, and nothing else, in any order: lists by kind. Where PUBCOMP is
        among them, each PUBREC is answered with PUBREL.
        """
        got = {kind: [] for kind in counts}
        while any(len(got[kind]) < count for kind, count in counts.items()):
            packet = self.read()
            assert packet is not None, f'waited for {counts}, got {got}, the server closed'
            assert packet.kind in got and len(got[packet.kind]) < counts[packet.kind], f'unexpected {packet}'
            got[packet.kind].append(packet)
            if packet.kind == 'PUBREC' and 'PUBCOMP' in counts:
                self.ack('PUBREL', packet.packet_id)
        return SimpleNamespace(**got)

    def expect_quiet(self, seconds):
        """Nothing may come for so long."""
        try:
            packet = self.read(seconds)
        except TimeoutError:
            return
        raise AssertionError(f'expected silence, got {packet}')

    def expect_end(self, *codes):
        """The server must close, after a DISCONNECT with one of the codes on MQTT 5; what came before is passed over."""
        last = None
        while (packet := self.read()) is not None:
            last = packet
        if self.version == 5:
            assert last is not None and last.kind == 'DISCONNECT', f'closed without DISCONNECT, last was {last}'
            assert last.code in codes, f'DISCONNECT with 0x{last.code:02x}'
