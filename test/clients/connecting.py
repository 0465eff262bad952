"""Coming, staying and being told to go."""

import time

import wire_packets as packets


def test_basic(stage):
    """connects twice, and hears what it publishes at QoS 0, 1 and 2"""
    device = stage.device().connected()
    device.disconnect()
    connack = device.connect()
    assert (connack.code, connack.is_present) == (0, False)
    assert device.subscribe(stage.topic('t')) == [2]
    for qos in (0, 1, 2):
        device.publish(stage.topic('t'), f'qos {qos}', qos)
    got = device.messages(3)
    assert [(message.payload, message.qos, message.retain) for message in got] == [
        ('qos 0', 0, False),
        ('qos 1', 1, False),
        ('qos 2', 2, False),
    ], got
    device.disconnect()


def test_second_connect(stage):
    """a second CONNECT on a connection ends it"""
    wire = stage.wire()
    assert wire.connect(stage.client_id('a')).code == 0
    wire.send(packets.connect(stage.version, stage.client_id('a'), True, 0, None, {}))
    wire.expect_end(0x82)


def test_wrong_protocol_name(stage):
    """a CONNECT of another protocol is not accepted"""
    wire = stage.wire()
    wire.send(packets.connect(stage.version, stage.client_id('a'), True, 0, None, {}, protocol='hj'))
    while (packet := wire.read()) is not None:
        assert packet.code != 0, packet


def test_client_id_with_space(stage):
    """a client id may have a space and letters beyond ASCII"""
    assert stage.device('mein gerät').connect().code == 0


def test_v3_zero_length_clientid(stage):
    """an empty client id needs Clean Session, else CONNACK says 2 and the connection ends"""
    refused = stage.wire()
    connack = refused.connect('', clean=False)
    assert (connack.code, connack.is_present) == (2, False)
    assert refused.read() is None
    assert stage.wire().connect('').code == 0


def test_v5_zero_length_clientid(stage):
    """an empty client id is accepted with and without Clean Start, and given another each time"""
    assigned = []
    for clean in (False, True):
        connack = stage.wire().connect('', clean=clean)
        assert (connack.code, connack.is_present) == (0, False)
        assigned.append(connack.properties['AssignedClientIdentifier'])
    assert all(assigned) and assigned[0] != assigned[1], assigned


def test_v5_assigned_clientid(stage):
    """the assigned client id is one the device can return with"""
    device = stage.device()
    device.client_id = ''
    connack = device.connect(SessionExpiryInterval=600)
    device.client_id = connack.properties['AssignedClientIdentifier']
    device.disconnect()
    assert device.connect(clean=False).is_present


def test_keepalive(stage):
    """a device that falls silent is gone after one and a half of its keep-alive, and its will is told"""
    watcher = stage.device('watcher').connected()
    watcher.subscribe(stage.topic('will'))
    wire = stage.wire()
    begun = time.monotonic()
    wire.connect(stage.client_id('a'), keepalive=2, will=(stage.topic('will'), 'keepalive expiry', 2, False, {}))
    assert watcher.message().payload == 'keepalive expiry'
    assert 2.9 < time.monotonic() - begun < 15, time.monotonic() - begun
    wire.expect_end(0x8D)
    watcher.publish(stage.topic('will'), 'end')
    assert watcher.messages_before('end') == []


def test_keepalive_pings(stage):
    """the library's pings keep a device connected"""
    watcher = stage.device('watcher').connected()
    watcher.subscribe(stage.topic('#'))
    device = stage.device().connected(keepalive=4, will=(stage.topic('will'), 'lost', 1))
    # One that does not ping tells that more time has passed than a keep-alive of 4 s allows.
    clock = stage.wire()
    clock.connect(stage.client_id('clock'), keepalive=5, will=(stage.topic('clock'), '7.5 s', 1, False, {}))
    assert watcher.message().payload == '7.5 s'
    device.publish(stage.topic('alive'), 'alive')
    assert watcher.message().payload == 'alive'


def test_v5_server_keep_alive(stage):
    """a keep-alive above the server's is answered with the server's, one below is left alone"""
    assert stage.device().connect(keepalive=120).properties['ServerKeepAlive'] == 60
    assert stage.device('b').connect(keepalive=30).properties.get('ServerKeepAlive', 30) == 30


def test_takeover(stage):
    """a second connection with the same client id ends the first and works"""
    first, second = stage.wire(), stage.device()
    first.connect(stage.client_id('a'))
    second.connected()
    first.expect_end(0x8E)
    second.subscribe(stage.topic('t'))
    second.publish(stage.topic('t'), 'here')
    assert second.message().payload == 'here'


def test_v5_connack_properties(stage):
    """CONNACK tells the limits a device has to keep to"""
    properties = stage.wire().connect(stage.client_id('a')).properties
    assert 1 <= properties['ReceiveMaximum'] <= 65535
    assert properties['MaximumPacketSize'] >= 128
    assert properties['TopicAliasMaximum'] >= 1
    for name in ('RetainAvailable', 'WildcardSubscriptionAvailable', 'SubscriptionIdentifierAvailable'):
        assert properties.get(name, 1) == 1, name
    assert properties.get('SharedSubscriptionAvailable', 1) == 1
    assert 'MaximumQoS' not in properties


def test_v5_session_expiry_cut(stage):
    """an expiry longer than the server's is answered with the server's"""
    asked = 0xFFFFFFFF
    granted = stage.device().connect(SessionExpiryInterval=asked).properties['SessionExpiryInterval']
    assert 0 < granted < asked
