"""Sessions that outlive their connection."""

import threading

AT_QOS_2 = 2


def let_pass(seconds):
    """Lets time go by, where the passing of time itself is the subject."""
    threading.Event().wait(seconds)


def lasting_wire(stage, name, clean=False):
    """A raw connection into a session that outlives it, and what CONNACK said."""
    wire = stage.wire()
    return wire, wire.connect(stage.client_id(name), clean=clean, **stage.lasting())


def test_offline_message_queueing(stage):
    """what is published at QoS 1 and 2 while a device is away waits for it"""
    device, publisher = stage.device(), stage.device('publisher').connected()
    assert device.connect(clean=False, **stage.lasting()).is_present is False
    device.subscribe(stage.topic('+'))
    device.disconnect()
    for qos in (0, 1, 2):
        publisher.publish(stage.topic(f't{qos}'), f'qos {qos}', qos)
    assert device.connect(clean=False, **stage.lasting()).is_present
    publisher.publish(stage.topic('end'), 'end', 2)
    got = {(message.payload, message.qos) for message in device.messages_before('end')}
    assert {('qos 1', 1), ('qos 2', 2)} <= got <= {('qos 0', 0), ('qos 1', 1), ('qos 2', 2)}, got


def test_queued_in_order(stage):
    """a long queue comes whole, once and in order, and is empty then"""
    device, publisher = stage.device(), stage.device('publisher').connected()
    device.connected(clean=False, **stage.lasting())
    device.subscribe(stage.topic('+'))
    device.disconnect()
    wanted = [f'{n}' for n in range(100)]
    for qos in (1, 2):
        publisher.publish_all([(stage.topic(f't{qos}'), payload) for payload in wanted], qos)
    for expected in (wanted, []):
        assert device.connect(clean=False, **stage.lasting()).is_present
        publisher.publish(stage.topic('end'), 'end', 2)
        got = device.messages_before('end')
        for qos in (1, 2):
            payloads = [message.payload for message in got if message.qos == qos]
            assert payloads == expected, (qos, payloads)
        device.disconnect()


def test_session_dropped(stage):
    """a session lasts through a connection that is lost, with its subscriptions"""
    device, publisher = stage.device(), stage.device('publisher').connected()
    device.connected(clean=False, **stage.lasting())
    device.subscribe(stage.topic('t'), qos=1)
    device.drop()
    publisher.publish(stage.topic('t'), 'while away', 2)
    assert device.connect(clean=False, **stage.lasting()).is_present
    publisher.publish(stage.topic('t'), 'when back', 2)
    assert [(message.payload, message.qos) for message in device.messages(2)] == [('while away', 1), ('when back', 1)]


def test_clean_ends_session(stage):
    """a clean start ends the session: its subscriptions and its queue are gone"""
    device, publisher = stage.device(), stage.device('publisher').connected()
    device.connected(clean=False, **stage.lasting())
    device.subscribe(stage.topic('t'))
    device.disconnect()
    publisher.publish(stage.topic('t'), 'queued', 1)
    assert device.connect(clean=True, **stage.lasting()).is_present is False
    publisher.publish(stage.topic('t'), 'not subscribed', 1)
    device.subscribe(stage.topic('end'))
    publisher.publish(stage.topic('end'), 'end', 1)
    assert device.messages_before('end') == []


def test_redelivery_on_reconnect(stage):
    """messages that were not acknowledged come again in the next connection, marked, with the packet ids they had"""
    wire, connack = lasting_wire(stage, 'b')
    assert connack.is_present is False
    wire.subscribe(1, (stage.topic('#'), 2))
    wire.publish(stage.topic('one'), b'', 1, packet_id=2)
    wire.publish(stage.topic('two'), b'', 2, packet_id=3)
    got = wire.expect_each(SUBACK=1, PUBACK=1, PUBREC=1, PUBCOMP=1, PUBLISH=2)
    first = [(each.topic, each.qos, each.packet_id) for each in got.PUBLISH]
    assert [(topic, qos) for topic, qos, _ in first] == [(stage.topic('one'), 1), (stage.topic('two'), 2)], first
    assert not any(each.dup for each in got.PUBLISH)
    wire.disconnect()

    wire, connack = lasting_wire(stage, 'b')
    assert connack.is_present
    again = [wire.expect('PUBLISH'), wire.expect('PUBLISH')]
    assert [(each.topic, each.qos, each.packet_id) for each in again] == first, again
    assert all(each.dup and each.payload == b'' for each in again), again
    wire.ack('PUBACK', first[0][2])
    wire.ack('PUBREC', first[1][2])
    assert wire.expect('PUBREL').packet_id == first[1][2]
    wire.ack('PUBCOMP', first[1][2])
    wire.disconnect()

    wire, _ = lasting_wire(stage, 'b')
    wire.send(b'\xc0\0')
    wire.expect('PINGRESP')


def test_redelivery_paho(stage):
    """the library gets what it missed behind a lost connection, once"""
    device, publisher = stage.device(), stage.device('publisher').connected()
    device.connected(clean=False, **stage.lasting())
    device.subscribe(stage.topic('#'))
    device.fall_silent()
    publisher.publish(stage.topic('one'), '', 1)
    publisher.publish(stage.topic('two'), '', 2)
    device.connected(clean=False, **stage.lasting())
    publisher.publish(stage.topic('end'), 'end', 2)
    topics = [message.topic for message in device.messages_before('end')]
    assert topics == [stage.topic('one'), stage.topic('two')], topics


def test_qos2_goes_on_with_pubrel(stage):
    """a QoS 2 message whose PUBREC came goes on with PUBREL after a reconnect, and holds up nothing"""
    publisher = stage.device('publisher').connected()
    wire, _ = lasting_wire(stage, 'b')
    wire.subscribe(1, (stage.topic('t'), 2))
    wire.expect('SUBACK')
    publisher.publish(stage.topic('t'), 'first', 2)
    first = wire.expect('PUBLISH')
    wire.ack('PUBREC', first.packet_id)
    wire.expect('PUBREL')
    wire.drop()

    wire, connack = lasting_wire(stage, 'b')
    assert connack.is_present
    assert wire.expect('PUBREL').packet_id == first.packet_id
    publisher.publish(stage.topic('t'), 'second', 1)
    second = wire.expect('PUBLISH')
    assert second.payload == b'second' and second.packet_id != first.packet_id
    wire.ack('PUBACK', second.packet_id)
    wire.ack('PUBCOMP', first.packet_id)
    wire.disconnect()

    wire, _ = lasting_wire(stage, 'b')
    wire.send(b'\xc0\0')
    wire.expect('PINGRESP')


def test_qos2_repeated_by_the_device(stage):
    """a QoS 2 PUBLISH repeated after a reconnect reaches a subscriber once"""
    subscriber = stage.device('subscriber').connected()
    subscriber.subscribe(stage.topic('t'))
    wire, _ = lasting_wire(stage, 'a')
    wire.publish(stage.topic('t'), 'once', AT_QOS_2, packet_id=7)
    wire.expect('PUBREC')
    wire.drop()

    wire, connack = lasting_wire(stage, 'a')
    assert connack.is_present
    wire.publish(stage.topic('t'), 'once', AT_QOS_2, packet_id=7, dup=True)
    assert wire.expect('PUBREC').packet_id == 7
    wire.ack('PUBREL', 7)
    assert wire.expect('PUBCOMP').packet_id == 7
    wire.publish(stage.topic('t'), 'end', AT_QOS_2, packet_id=7)
    wire.expect('PUBREC')
    wire.ack('PUBREL', 7)
    wire.expect('PUBCOMP')
    assert [message.payload for message in subscriber.messages_before('end')] == ['once']


def test_subscribed_before_suback(stage):
    """a subscription holds for what the device publishes right behind it, before SUBACK"""
    wire, _ = lasting_wire(stage, 'a')
    wire.subscribe(1, (stage.topic('t'), 1))
    wire.publish(stage.topic('t'), 'right behind', 1, packet_id=2)
    got = wire.expect_each(SUBACK=1, PUBACK=1, PUBLISH=1)
    assert got.PUBLISH[0].payload == b'right behind'


def test_v5_session_expiry(stage):
    """a session ends when its expiry is over, which DISCONNECT may change"""
    device = stage.device()
    assert device.connect(SessionExpiryInterval=0).is_present is False
    device.subscribe(stage.topic('t'))
    device.disconnect()
    assert device.connect(clean=False, SessionExpiryInterval=4).is_present is False
    device.disconnect()
    assert device.connect(clean=False, SessionExpiryInterval=4).is_present
    device.disconnect()
    let_pass(5)
    assert device.connect(clean=False, SessionExpiryInterval=1).is_present is False
    device.disconnect(SessionExpiryInterval=60)
    let_pass(2)
    assert device.connect(clean=False, SessionExpiryInterval=1).is_present
    device.disconnect(SessionExpiryInterval=0)
    assert device.connect(clean=False, SessionExpiryInterval=1).is_present is False


def test_v5_session_expiry_beyond_the_servers(stage):
    """DISCONNECT with an expiry longer than the server's is cut, not refused"""
    device = stage.device().connected(SessionExpiryInterval=99999)
    device.disconnect(SessionExpiryInterval=999999999)
    assert device.connect(clean=False).is_present


def test_v5_publication_expiry(stage):
    """a queued message that expired does not come, one that did not says how long it has left"""
    device, publisher = stage.device(), stage.device('publisher').connected()
    device.connected(SessionExpiryInterval=600)
    device.subscribe(stage.topic('t'))
    device.disconnect()
    for qos in (1, 2):
        publisher.publish(stage.topic('t'), f'qos {qos} expires', qos, MessageExpiryInterval=1)
        publisher.publish(stage.topic('t'), f'qos {qos} stays', qos, MessageExpiryInterval=300)
    let_pass(2)
    assert device.connect(clean=False).is_present
    publisher.publish(stage.topic('t'), 'end', 2)
    got = device.messages_before('end')
    assert sorted(message.payload for message in got) == ['qos 1 stays', 'qos 2 stays'], got
    assert all(280 < message.properties['MessageExpiryInterval'] < 300 for message in got), got


def test_v5_queued_properties(stage):
    """a queued message keeps its properties"""
    fields = {
        'PayloadFormatIndicator': 1,
        'ContentType': 'text/plain',
        'ResponseTopic': stage.topic('answer'),
        'CorrelationData': b'\0\xff',
        'UserProperty': [('a', '1'), ('a', '2')],
    }
    device, publisher = stage.device(), stage.device('publisher').connected()
    device.connected(SessionExpiryInterval=600)
    device.subscribe(stage.topic('t'), identifier=7)
    device.disconnect()
    publisher.publish(stage.topic('t'), 'x', 1, **fields)
    assert device.connect(clean=False).is_present
    assert device.message().properties == {**fields, 'SubscriptionIdentifier': [7]}
