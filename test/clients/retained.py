"""Retained messages."""

import time


def clear(device, *topics):
    for topic in topics:
        device.publish(topic, '', 1, retain=True)


def test_retained_messages(stage):
    """retained messages of every QoS come with a wildcard subscription, until they are cleared"""
    device = stage.device().connected()
    for qos in (0, 1, 2):
        device.publish(stage.topic(f't{qos}'), f'qos {qos}', qos, retain=True)
    assert device.subscribe(stage.topic('+')) == [2]
    got = device.messages(3)
    assert sorted((message.payload, message.qos) for message in got) == [('qos 0', 0), ('qos 1', 1), ('qos 2', 2)], got
    assert all(message.retain for message in got), got
    device.disconnect()

    device.connected()
    for qos in (0, 1, 2):
        device.publish(stage.topic(f't{qos}'), '', qos, retain=True)
    device.subscribe(stage.topic('+'))
    device.publish(stage.topic('end'), 'end')
    assert device.messages_before('end') == []


def test_retained_replaced(stage):
    """only the last retained message of a topic is kept, and a message without the flag leaves it"""
    device = stage.device().connected()
    device.publish(stage.topic('t'), 'first', 2, retain=True)
    device.publish(stage.topic('t'), 'second', 0, retain=True)
    device.publish(stage.topic('t'), 'passing', 1)
    device.subscribe(stage.topic('t'))
    message = device.message()
    assert (message.payload, message.qos, message.retain) == ('second', 0, True), message
    device.publish(stage.topic('t'), 'end')
    assert device.messages_before('end') == []
    clear(device, stage.topic('t'))


def test_retained_to_subscribers(stage):
    """whoever is subscribed already gets a retained message, and its clearing, without the flag"""
    device = stage.device().connected()
    device.subscribe(stage.topic('t'))
    device.publish(stage.topic('t'), 'new', 1, retain=True)
    clear(device, stage.topic('t'))
    assert [(message.payload, message.retain) for message in device.messages(2)] == [('new', False), ('', False)]


def test_retained_again(stage):
    """subscribing again sends the retained messages again"""
    device = stage.device().connected()
    device.publish(stage.topic('t'), 'kept', 1, retain=True)
    for _ in range(2):
        device.subscribe(stage.topic('t'))
        message = device.message()
        assert (message.payload, message.retain) == ('kept', True)
    clear(device, stage.topic('t'))


def test_retained_below(stage):
    """`#` brings the retained messages of the level above it and of all below"""
    device = stage.device().connected()
    topics = [stage.topic('x'), stage.topic('x', 'y'), stage.topic('x', 'y', 'z')]
    for topic in topics:
        device.publish(topic, topic, 1, retain=True)
    device.subscribe(stage.topic('x', '#'))
    assert sorted(message.payload for message in device.messages(3)) == topics
    clear(device, *topics)


def test_retained_many(stage):
    """a wildcard subscription to hundreds of retained messages brings each of them once"""
    device = stage.device().connected()
    wanted = {f'{n:03}' for n in range(300)}
    device.publish_all([(stage.topic('many', n), n) for n in wanted], 1, retain=True)
    device.subscribe(stage.topic('many', '+'))
    got = [message.payload for message in device.messages(len(wanted))]
    assert len(got) == len(set(got)) and set(got) == wanted


def test_retained_qos(stage):
    """a retained message comes at the lower of its own and the subscription's QoS"""
    device = stage.device().connected()
    device.publish(stage.topic('t'), 'kept', 2, retain=True)
    for qos in (0, 1, 2):
        device.subscribe(stage.topic('t'), qos=qos)
        assert device.message().qos == qos
    clear(device, stage.topic('t'))


def test_v5_retained_properties(stage):
    """a retained message keeps its properties"""
    device = stage.device().connected()
    user = [('a', '2'), ('c', '3'), ('a', '1')]
    for qos in (0, 1, 2):
        device.publish(stage.topic(f't{qos}'), 'x', qos, True, UserProperty=user, ContentType='text/plain')
    device.subscribe(stage.topic('+'))
    for message in device.messages(3):
        assert message.properties == {'UserProperty': user, 'ContentType': 'text/plain'}, message
    clear(device, *[stage.topic(f't{qos}') for qos in (0, 1, 2)])


def test_v5_retained_expiry(stage):
    """a retained message counts its expiry down, and is gone when it is over"""
    device = stage.device().connected()
    begun = time.monotonic()
    device.publish(stage.topic('t'), 'short', 1, True, MessageExpiryInterval=4)
    remaining = []
    while True:
        device.subscribe(stage.topic('t'))
        device.publish(stage.topic('t'), 'end', 1)
        kept = [message for message in device.messages_before('end') if message.retain]
        # The end may come before what is read from the store meanwhile: only then it is missed this early.
        if not kept and time.monotonic() - begun > 4:
            break
        remaining += [message.properties['MessageExpiryInterval'] for message in kept]
    assert 1 <= remaining[0] <= 4, remaining
    assert remaining == sorted(remaining, reverse=True), remaining
