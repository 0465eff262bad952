"""Properties of MQTT 5 as bytes."""

import struct

#: Identifier: name, kind. `many` may stand more than once.
TABLE = {
    1: ('PayloadFormatIndicator', 'byte'),
    2: ('MessageExpiryInterval', 'four'),
    3: ('ContentType', 'text'),
    8: ('ResponseTopic', 'text'),
    9: ('CorrelationData', 'binary'),
    11: ('SubscriptionIdentifier', 'variable'),
    17: ('SessionExpiryInterval', 'four'),
    18: ('AssignedClientIdentifier', 'text'),
    19: ('ServerKeepAlive', 'two'),
    21: ('AuthenticationMethod', 'text'),
    22: ('AuthenticationData', 'binary'),
    23: ('RequestProblemInformation', 'byte'),
    24: ('WillDelayInterval', 'four'),
    25: ('RequestResponseInformation', 'byte'),
    26: ('ResponseInformation', 'text'),
    28: ('ServerReference', 'text'),
    31: ('ReasonString', 'text'),
    33: ('ReceiveMaximum', 'two'),
    34: ('TopicAliasMaximum', 'two'),
    35: ('TopicAlias', 'two'),
    36: ('MaximumQoS', 'byte'),
    37: ('RetainAvailable', 'byte'),
    38: ('UserProperty', 'pair'),
    39: ('MaximumPacketSize', 'four'),
    40: ('WildcardSubscriptionAvailable', 'byte'),
    41: ('SubscriptionIdentifierAvailable', 'byte'),
    42: ('SharedSubscriptionAvailable', 'byte'),
}
IDENTIFIERS = {name: (identifier, kind) for identifier, (name, kind) in TABLE.items()}
MANY = ('SubscriptionIdentifier', 'UserProperty')
WIDTHS = {'byte': '!B', 'two': '!H', 'four': '!I'}


def variable(number):
    out = bytearray()
    while True:
        out.append(number % 128 | (0x80 if number > 127 else 0))
        number //= 128
        if number == 0:
            return bytes(out)


def encode_value(kind, value):
    if kind in WIDTHS:
        return struct.pack(WIDTHS[kind], value)
    if kind == 'variable':
        return variable(value)
    if kind == 'pair':
        return encode_value('text', value[0]) + encode_value('text', value[1])
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack('!H', len(raw)) + raw


def encode_properties(fields):
    """Length and properties; a list stands for the property once for each of its values."""
    out = b''
    for name, value in fields.items():
        identifier, kind = IDENTIFIERS[name]
        for each in value if isinstance(value, list) else [value]:
            out += bytes([identifier]) + encode_value(kind, each)
    return variable(len(out)) + out


def read_variable(data):
    number = shift = at = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, data[at:]


def read_value(kind, data):
    if kind in WIDTHS:
        size = struct.calcsize(WIDTHS[kind])
        return int.from_bytes(data[:size], 'big'), data[size:]
    if kind == 'variable':
        return read_variable(data)
    if kind == 'pair':
        name, data = read_value('text', data)
        value, data = read_value('text', data)
        return (name, value), data
    size = int.from_bytes(data[:2], 'big')
    raw = data[2 : 2 + size]
    assert len(raw) == size, 'a property is cut short'
    return raw if kind == 'binary' else raw.decode(), data[2 + size :]


def decode_properties(data):
    """Properties by name, lists for those that may stand more than once, and the bytes behind them."""
    size, data = read_variable(data)
    inside, rest = data[:size], data[size:]
    assert len(inside) == size, 'the properties are cut short'
    fields = {}
    while inside:
        name, kind = TABLE[inside[0]]
        value, inside = read_value(kind, inside[1:])
        if name in MANY:
            fields.setdefault(name, []).append(value)
        else:
            assert name not in fields, f'{name} stands twice'
            fields[name] = value
    return fields, rest
