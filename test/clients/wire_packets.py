"""Packets as bytes, written down once more so that a mistake cannot hide in a library that both sides share."""

import struct
from types import SimpleNamespace

from wire_properties import decode_properties, encode_properties

KINDS = (
    'RESERVED CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK '
    'PINGREQ PINGRESP DISCONNECT AUTH'
).split()
ACKS = ('PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP')

PINGREQ = bytes([0xC0, 0])


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack('!H', len(raw)) + raw


def packet(kind, flags, body):
    head = bytearray([KINDS.index(kind) << 4 | flags])
    length = len(body)
    while True:
        head.append(length % 128 | (0x80 if length > 127 else 0))
        length //= 128
        if length == 0:
            return bytes(head) + body


def properties_for(version, fields):
    return encode_properties(fields) if version == 5 else b''


def connect(version, client_id, clean, keepalive, will, fields, protocol='MQTT'):
    """`will`: topic, payload, QoS, retain, properties."""
    flags = 0x02 if clean else 0
    payload = text(client_id)
    if will is not None:
        topic, message, qos, retain, will_fields = will
        flags |= 0x04 | qos << 3 | (0x20 if retain else 0)
        payload += properties_for(version, will_fields) + text(topic) + text(message)
    head = text(protocol) + struct.pack('!BBH', version, flags, keepalive)
    return packet('CONNECT', 0, head + properties_for(version, fields) + payload)


def publish(version, topic, payload, qos, packet_id, retain, dup, fields):
    body = text(topic)
    if qos > 0:
        body += struct.pack('!H', packet_id)
    body += properties_for(version, fields) + payload
    return packet('PUBLISH', (0x08 if dup else 0) | qos << 1 | (0x01 if retain else 0), body)


def subscribe(version, packet_id, subscriptions, fields):
    body = struct.pack('!H', packet_id) + properties_for(version, fields)
    for topic_filter, options in subscriptions:
        body += text(topic_filter) + bytes([options])
    return packet('SUBSCRIBE', 0x02, body)


def unsubscribe(version, packet_id, filters):
    body = struct.pack('!H', packet_id) + properties_for(version, {})
    return packet('UNSUBSCRIBE', 0x02, body + b''.join(text(each) for each in filters))


def ack(kind, packet_id):
    return packet(kind, 0x02 if kind == 'PUBREL' else 0, struct.pack('!H', packet_id))


def disconnect(version, fields):
    body = b'' if version == 4 or not fields else b'\0' + encode_properties(fields)
    return packet('DISCONNECT', 0, body)


def decode(data, version):
    """The first packet and the bytes it took; None when more are needed."""
    length = shift = 0
    at = 1
    while True:
        if at >= len(data):
            return None
        length |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            break
    if len(data) < at + length:
        return None
    return decode_body(data[0], data[at : at + length], version), at + length


def decode_body(first, body, version):
    kind, flags = KINDS[first >> 4], first & 0x0F
    made = SimpleNamespace(kind=kind, code=0, properties={}, length=len(body))
    if kind == 'PUBLISH':
        return decode_publish(made, flags, body, version)
    assert flags == (0x02 if kind == 'PUBREL' else 0), f'{kind} with flags {flags}'
    if kind == 'CONNACK':
        assert body[0] in (0, 1), f'CONNACK flags {body[0]}'
        made.is_present, made.code = body[0] == 1, body[1]
        rest = read_properties(made, body[2:], version)
    elif kind in ACKS:
        made.packet_id = int.from_bytes(body[:2], 'big')
        rest = body[2:]
        if version == 5 and rest:
            made.code = rest[0]
            rest = read_properties(made, rest[1:], version) if len(rest) > 1 else b''
    elif kind in ('SUBACK', 'UNSUBACK'):
        made.packet_id = int.from_bytes(body[:2], 'big')
        made.codes = list(read_properties(made, body[2:], version))
        rest = b''
    elif kind == 'DISCONNECT':
        assert version == 5, 'DISCONNECT from a server that speaks MQTT 3.1.1'
        made.code, rest = (body[0], body[1:]) if body else (0, b'')
        rest = read_properties(made, rest, version) if rest else b''
    else:
        assert kind == 'PINGRESP', f'a server sends no {kind}'
        rest = body
    assert rest == b'', f'{kind} is {len(rest)} bytes too long'
    return made


def decode_publish(made, flags, body, version):
    made.dup, made.qos, made.retain = bool(flags & 0x08), flags >> 1 & 3, bool(flags & 1)
    assert made.qos < 3, 'PUBLISH at QoS 3'
    assert made.qos > 0 or not made.dup, 'PUBLISH at QoS 0 with DUP'
    size = int.from_bytes(body[:2], 'big')
    made.topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
    made.packet_id = 0
    if made.qos > 0:
        made.packet_id, rest = int.from_bytes(rest[:2], 'big'), rest[2:]
        assert made.packet_id > 0, 'PUBLISH with packet id 0'
    made.payload = read_properties(made, rest, version)
    return made


def read_properties(made, data, version):
    """Takes the properties off the front, on MQTT 5; answers the rest."""
    if version != 5:
        return data
    made.properties, rest = decode_properties(data)
    return rest
