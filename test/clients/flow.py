"""Flow control, sizes and topic aliases."""


def ping(wire):
    wire.send(b'\xc0\0')


def test_qos2_both_directions(stage):
    """hundreds of messages at QoS 2 go both ways between two devices, each once and in order"""
    left, right = stage.device('left').connected(), stage.device('right').connected()
    left.subscribe(stage.topic('to left'))
    right.subscribe(stage.topic('to right'))
    wanted = [f'{n}' for n in range(200)]
    left.publish_all([(stage.topic('to right'), payload) for payload in wanted], 2)
    right.publish_all([(stage.topic('to left'), payload) for payload in wanted], 2)
    for device in (left, right):
        assert [message.payload for message in device.messages(len(wanted))] == wanted


def test_acks_without_words(stage):
    """acknowledgements of what went well are two bytes of packet id, at most with the code"""
    wire = stage.wire()
    wire.connect(stage.client_id('a'))
    wire.publish(stage.topic('t'), 'nobody listens', 1, packet_id=1)
    puback = wire.expect('PUBACK')
    wire.publish(stage.topic('t'), 'nobody listens', 2, packet_id=2)
    pubrec = wire.expect('PUBREC')
    wire.ack('PUBREL', 2)
    pubcomp = wire.expect('PUBCOMP')
    for each in (puback, pubrec, pubcomp):
        assert each.length in ((2,) if stage.version == 4 else (2, 3)), each
    assert (pubrec.code, pubcomp.code) == (0, 0)


def three_at(stage, qos):
    """A connection that takes two messages at a time and has published three to itself, and the first two of them."""
    wire = stage.wire()
    wire.connect(stage.client_id('a'), ReceiveMaximum=2)
    wire.subscribe(1, (stage.topic('t'), 2))
    wire.expect('SUBACK')
    for n in (1, 2, 3):
        wire.publish(stage.topic('t'), f'message {n}', qos, packet_id=10 + n)
    if qos == 1:
        got = wire.expect_each(PUBACK=3, PUBLISH=2)
    else:
        got = wire.expect_each(PUBREC=3, PUBCOMP=3, PUBLISH=2)
    assert [each.payload for each in got.PUBLISH] == [b'message 1', b'message 2'], got
    assert all(each.qos == qos for each in got.PUBLISH)
    wire.expect_quiet(0.5)
    return wire, got.PUBLISH


def test_v5_flow_control1(stage):
    """no more messages at QoS 1 are on their way than the device's Receive Maximum"""
    wire, (first, second) = three_at(stage, 1)
    wire.ack('PUBACK', first.packet_id)
    third = wire.expect('PUBLISH')
    assert third.payload == b'message 3' and third.qos == 1
    wire.ack('PUBACK', second.packet_id)
    wire.ack('PUBACK', third.packet_id)
    ping(wire)
    wire.expect('PINGRESP')


def test_v5_flow_control1_qos2(stage):
    """a message at QoS 2 counts until its PUBCOMP"""
    wire, (first, second) = three_at(stage, 2)
    wire.ack('PUBREC', first.packet_id)
    assert wire.expect('PUBREL').packet_id == first.packet_id
    wire.expect_quiet(0.3)
    wire.ack('PUBCOMP', first.packet_id)
    assert wire.expect('PUBLISH').payload == b'message 3'


def test_v5_flow_control_qos0(stage):
    """messages at QoS 0 pass a device that has acknowledged nothing, and so do acknowledgements"""
    wire, _ = three_at(stage, 1)
    wire.publish(stage.topic('t'), 'at QoS 0', 0)
    assert wire.expect('PUBLISH').payload == b'at QoS 0'
    ping(wire)
    wire.expect('PINGRESP')


def test_v5_flow_control2(stage):
    """a device that has more messages on their way than the server's Receive Maximum is told, and ended"""
    wire = stage.wire()
    maximum = wire.connect(stage.client_id('a')).properties.get('ReceiveMaximum', 65535)
    for n in range(1, maximum + 2):
        wire.publish(stage.topic('t'), f'message {n}', 2, packet_id=n)
    while (packet := wire.read()) is not None and packet.kind == 'PUBREC':
        assert packet.code == 0
        wire.ack('PUBREL', packet.packet_id)
    assert packet is not None and packet.kind == 'DISCONNECT' and packet.code == 0x93, packet
    assert wire.read() is None


def test_v5_receive_maximum_kept(stage):
    """a device that keeps to the server's Receive Maximum may use all of it, again and again"""
    wire = stage.wire()
    maximum = wire.connect(stage.client_id('a')).properties.get('ReceiveMaximum', 65535)
    for _ in range(3):
        for n in range(1, maximum + 1):
            wire.publish(stage.topic('t'), f'message {n}', 1 + n % 2, packet_id=n)
        for n in range(1, maximum + 1):
            kind = 'PUBREC' if n % 2 else 'PUBACK'
            assert wire.expect(kind).packet_id == n
        for n in range(1, maximum + 1, 2):
            wire.ack('PUBREL', n)
        for n in range(1, maximum + 1, 2):
            assert wire.expect('PUBCOMP').packet_id == n


def test_v5_maximum_packet_size(stage):
    """a message too large for a device is left out, for this device only, and holds up nothing"""
    topic = stage.short
    other = stage.device('other').connected()
    other.subscribe(topic)
    wire = stage.wire()
    wire.connect(stage.client_id('a'), clean=False, MaximumPacketSize=64, SessionExpiryInterval=600)
    wire.subscribe(1, (topic, 2))
    wire.expect('SUBACK')
    for qos in (0, 1, 2):
        other.publish(topic, 's' * 32, qos)
        other.publish(topic, 'L' * 64, qos)
    for qos in (0, 1, 2):
        got = wire.expect('PUBLISH')
        assert (got.payload, got.qos) == (b's' * 32, qos), got
    assert [message.payload[0] for message in other.messages(6)] == ['s', 'L'] * 3


def test_v5_packet_too_large(stage):
    """a packet larger than the server takes ends the connection with 0x95"""
    wire = stage.wire()
    maximum = wire.connect(stage.client_id('a')).properties['MaximumPacketSize']
    wire.publish(stage.topic('t'), b'.' * maximum)
    wire.expect_end(0x95)


def test_v5_client_topic_alias(stage):
    """a topic is said once and then by its alias, which goes with the connection, unlike the subscriptions"""
    wire = stage.wire()
    connack = wire.connect(stage.client_id('a'), TopicAliasMaximum=0, SessionExpiryInterval=600)
    assert connack.properties['TopicAliasMaximum'] >= 1
    wire.subscribe(1, (stage.topic('+'), 0))
    wire.expect('SUBACK')
    for topic, said in (('t', 't'), ('t', ''), ('u', 'u'), ('u', '')):
        wire.publish(said and stage.topic(said), f'to {topic}', 0, TopicAlias=1)
        got = wire.expect('PUBLISH')
        assert (got.topic, got.payload.decode()) == (stage.topic(topic), f'to {topic}'), got
        assert 'TopicAlias' not in got.properties
    wire.disconnect()

    wire = stage.wire()
    assert wire.connect(stage.client_id('a'), clean=False).is_present
    wire.publish(stage.topic('t'), 'still subscribed')
    assert wire.expect('PUBLISH').payload == b'still subscribed'
    wire.publish('', 'nobody knows where to', 1, packet_id=1, TopicAlias=1)
    wire.expect_end(0x94, 0x82)


def test_v5_topic_alias_invalid(stage):
    """alias 0, and one above the server's maximum, end the connection"""
    for is_beyond in (False, True):
        wire = stage.wire()
        maximum = wire.connect(stage.client_id('a')).properties['TopicAliasMaximum']
        wire.publish(stage.topic('t'), 'x', 1, packet_id=1, TopicAlias=maximum + 1 if is_beyond else 0)
        wire.expect_end(0x94)


def test_v5_topic_alias_paho(stage):
    """the library publishes by alias, and another device hears the topic"""
    listener, device = stage.device('listener').connected(), stage.device().connected()
    listener.subscribe(stage.topic('t'))
    device.publish(stage.topic('t'), 'with topic', 1, TopicAlias=5)
    device.publish('', 'by alias', 2, TopicAlias=5)
    got = listener.messages(2)
    assert [(message.topic, message.payload) for message in got] == [
        (stage.topic('t'), 'with topic'),
        (stage.topic('t'), 'by alias'),
    ], got


def hear_three(stage, **properties):
    """What a device with these properties hears when it publishes at QoS 0, 1 and 2, in the order of the wire."""
    wire = stage.wire()
    wire.connect(stage.client_id('a'), **properties)
    wire.subscribe(1, (stage.topic('t'), 2))
    wire.expect('SUBACK')
    wire.publish(stage.topic('t'), 'qos 0', 0)
    wire.publish(stage.topic('t'), 'qos 1', 1, packet_id=1)
    wire.publish(stage.topic('t'), 'qos 2', 2, packet_id=2)
    got = wire.expect_each(PUBLISH=3, PUBACK=1, PUBREC=1, PUBCOMP=1).PUBLISH
    assert [each.payload for each in got] == [b'qos 0', b'qos 1', b'qos 2'], got
    wire.drop()
    return got


def test_v5_server_topic_alias(stage):
    """a device that allows it gets a topic with its alias once, and then the alias alone"""
    first, *later = hear_three(stage, TopicAliasMaximum=1)
    assert first.topic == stage.topic('t')
    assert [(each.topic, each.properties.get('TopicAlias')) for each in (first, *later)] == [
        (stage.topic('t'), 1),
        ('', 1),
        ('', 1),
    ]


def test_v5_no_server_topic_alias(stage):
    """a device that does not allow it gets no alias"""
    for properties in ({}, {'TopicAliasMaximum': 0}):
        for each in hear_three(stage, **properties):
            assert (each.topic, each.properties) == (stage.topic('t'), {}), each
