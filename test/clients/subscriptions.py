"""Subscriptions: what they match, what they ask for, and how they are shared."""


def payloads(messages):
    return [message.payload for message in messages]


def test_overlapping_subscriptions(stage):
    """a message that matches two subscriptions of a device comes once, at the higher QoS"""
    device = stage.device().connected()
    device.subscribe(stage.topic('#'), qos=2)
    device.subscribe(stage.topic('+'), qos=1)
    device.publish(stage.topic('t'), 'overlapping topic filters', 2)
    device.publish(stage.topic('t'), 'end', 2)
    got = device.messages_before('end')
    assert [(message.payload, message.qos) for message in got] == [('overlapping topic filters', 2)], got


def test_granted_qos(stage):
    """a message comes at the lower QoS of its own and the subscription's"""
    device = stage.device().connected()
    for granted in (0, 1, 2):
        assert device.subscribe(stage.topic('t'), qos=granted) == [granted]
        for qos in (0, 1, 2):
            device.publish(stage.topic('t'), 'x', qos)
            assert device.message().qos == min(granted, qos)


def test_several_filters(stage):
    """one SUBSCRIBE may have several filters, and SUBACK a code for each"""
    device = stage.device().connected()
    assert device.subscribe(stage.topic('a'), stage.topic('b', '#'), stage.topic('+', 'c'), qos=1) == [1, 1, 1]
    for levels in (['a'], ['b'], ['b', 'x', 'y'], ['x', 'c']):
        device.publish(stage.topic(*levels), '/'.join(levels), 1)
    device.publish(stage.topic('x', 'd'), 'x/d', 1)
    device.publish(stage.topic('a'), 'end', 1)
    assert payloads(device.messages_before('end')) == ['a', 'b', 'b/x/y', 'x/c']


def test_empty_levels(stage):
    """a level may be empty, and `+` stands for one that is"""
    device = stage.device().connected()
    device.subscribe(stage.topic('', '+', 'x'), qos=1)
    for levels in (['', '', 'x'], ['', 'y', 'x'], ['y', 'x'], ['x']):
        device.publish(stage.topic(*levels), '/'.join(levels), 1)
    device.publish(stage.topic('', '', 'x'), 'end', 1)
    assert payloads(device.messages_before('end')) == ['//x', '/y/x']


def test_dollar_topics(stage):
    """a wildcard at the front of a filter does not match a topic that begins with $, a $ there does"""
    device = stage.device().connected()
    device.subscribe(f'+/{stage.name}', qos=1)
    device.publish(f'$x/{stage.name}', 'with $', 1)
    device.publish(f'x/{stage.name}', 'without', 1)
    assert device.message().payload == 'without'
    device.subscribe(f'$x/+/{stage.name}', f'$x/{stage.name}/#', qos=1)
    device.publish(f'$x/y/{stage.name}', 'named', 1)
    device.publish(f'$x/{stage.name}/z', 'named too', 1)
    assert payloads(device.messages(2)) == ['named', 'named too']


def test_unsubscribe(stage):
    """what a device unsubscribes from does not come any more, the rest does"""
    device, publisher = stage.device().connected(), stage.device('publisher').connected()
    for name in ('a', 'b', 'c'):
        device.subscribe(stage.topic(name))
    codes = device.unsubscribe(stage.topic('a'))
    assert codes == [0] or stage.version == 4, codes
    for name in ('a', 'b', 'c'):
        publisher.publish(stage.topic(name), f'topic {name}', 1)
    assert payloads(device.messages(2)) == ['topic b', 'topic c']
    publisher.publish(stage.topic('b'), 'end', 1)
    assert device.messages_before('end') == []


def test_v5_unsubscribe_unknown(stage):
    """UNSUBACK says for each filter whether there was such a subscription"""
    device = stage.device().connected()
    device.subscribe(stage.topic('a'), stage.topic('b'))
    filters = [stage.topic('a'), stage.topic('unknown'), stage.topic('b')]
    assert device.unsubscribe(*filters) == [0x00, 0x11, 0x00]


def test_v5_no_local(stage):
    """a device with No Local does not hear itself, others do"""
    device, other = stage.device().connected(), stage.device('other').connected()
    for each in (device, other):
        each.subscribe(stage.topic('t'), noLocal=True)
    device.publish(stage.topic('t'), 'of device', 1)
    assert other.message().payload == 'of device'
    other.publish(stage.topic('t'), 'of other', 1)
    assert device.message().payload == 'of other'
    device.subscribe(stage.topic('end'))
    device.publish(stage.topic('end'), 'end', 1)
    assert device.messages_before('end') == []


def test_v5_retain_as_published(stage):
    """Retain As Published keeps the flag of what is published now"""
    device, plain = stage.device().connected(), stage.device('plain').connected()
    device.subscribe(stage.topic('t'), retainAsPublished=True)
    plain.subscribe(stage.topic('t'))
    device.publish(stage.topic('t'), 'retain as published false', 1, retain=False)
    device.publish(stage.topic('t'), 'retain as published true', 1, retain=True)
    assert [message.retain for message in device.messages(2)] == [False, True]
    assert [message.retain for message in plain.messages(2)] == [False, False]
    device.publish(stage.topic('t'), '', 1, retain=True)


def test_v5_retain_handling(stage):
    """Retain Handling: 0 sends retained messages each time, 1 to a new subscription only, 2 never"""
    device = stage.device().connected()
    for qos in (0, 1, 2):
        device.publish(stage.topic('kept', f't{qos}'), f'qos {qos}', qos, retain=True)
    device.subscribe(stage.topic('end'), qos=2)

    def sends(handling, qos):
        device.subscribe(stage.topic('kept', '+'), retainHandling=handling)
        device.publish(stage.topic('end'), 'end', 2)
        # Retained messages are read from the store, and what is published meanwhile may come before them.
        got = [message for message in device.messages(len(qos) + 1) if message.payload != 'end']
        assert sorted(message.qos for message in got) == qos, (handling, got)

    sends(1, [0, 1, 2])
    sends(1, [])
    device.unsubscribe(stage.topic('kept', '+'))
    sends(2, [])
    sends(2, [])
    device.unsubscribe(stage.topic('kept', '+'))
    sends(0, [0, 1, 2])
    sends(0, [0, 1, 2])
    for qos in (0, 1, 2):
        device.publish(stage.topic('kept', f't{qos}'), '', 1, retain=True)


def test_v5_subscribe_identifiers(stage):
    """a message carries the identifiers of all subscriptions it matches, and comes once"""
    device, other = stage.device().connected(), stage.device('other').connected()
    device.subscribe(stage.topic('t'), identifier=456789)
    other.subscribe(stage.topic('t'), identifier=2)
    other.subscribe(stage.topic('t', '#'), identifier=3)
    other.publish(stage.topic('t'), 'sub identifier test', 1)
    assert device.message().properties == {'SubscriptionIdentifier': [456789]}
    other.publish(stage.topic('t'), 'end', 1)
    (got,) = other.messages_before('end')
    assert sorted(got.properties['SubscriptionIdentifier']) == [2, 3], got


def test_v5_identifier_replaced(stage):
    """subscribing again replaces the identifier, and none takes it away"""
    device = stage.device().connected()
    for identifier in (1, 268435455, None):
        device.subscribe(stage.topic('t'), identifier=identifier)
        device.publish(stage.topic('t'), 'x', 1)
        assert device.message().properties.get('SubscriptionIdentifier') == (identifier and [identifier])


def test_v5_shared_subscriptions(stage):
    """a message for a shared subscription comes to one member, one for the topic to each"""
    left, right = stage.device('left').connected(), stage.device('right').connected()
    for each in (left, right):
        assert each.subscribe(f'$share/sharename/{stage.topic("x")}', stage.topic('t')) == [2, 2]
    for qos in (0, 1, 2):
        right.publish(stage.topic('t'), f'to both at {qos}', qos)
        right.publish(stage.topic('x'), f'to one at {qos}', qos)
    right.publish(stage.topic('t'), 'end', 2)
    got = left.messages_before('end') + right.messages_before('end')
    wanted = [f'to both at {qos}' for qos in (0, 0, 1, 1, 2, 2)] + [f'to one at {qos}' for qos in (0, 1, 2)]
    assert sorted(payloads(got)) == wanted, got


def test_v5_shared_evenly(stage):
    """the members of a shared subscription take turns, and two groups hear everything each"""
    members = {name: stage.device(name).connected() for name in ('a1', 'a2', 'a3', 'b1')}
    for name, member in members.items():
        member.subscribe(f'$share/{stage.name}-{name[0]}/{stage.topic("x")}', stage.topic('end'), qos=1)
    publisher = stage.device('publisher').connected()
    for n in range(60):
        publisher.publish(stage.topic('x'), f'{n:02}', 1)
    publisher.publish(stage.topic('end'), 'end', 1)
    got = {name: payloads(member.messages_before('end')) for name, member in members.items()}
    assert got['b1'] == [f'{n:02}' for n in range(60)]
    assert sorted(got['a1'] + got['a2'] + got['a3']) == got['b1']
    for name in ('a1', 'a2', 'a3'):
        assert len(got[name]) == 20 and got[name] == sorted(got[name]), (name, got[name])


def test_v5_shared_member_leaves(stage):
    """what a member did not acknowledge before it was lost goes to another"""
    publisher, staying = stage.device('publisher').connected(), stage.device('staying').connected()
    leaving = stage.wire()
    leaving.connect(stage.client_id('leaving'))
    shared = f'$share/{stage.name}/{stage.topic("x")}'
    leaving.subscribe(1, (shared, 1))
    leaving.expect('SUBACK')
    publisher.publish(stage.topic('x'), 'not acknowledged', 1)
    assert leaving.expect('PUBLISH').payload == b'not acknowledged'
    staying.subscribe(shared, qos=1)
    leaving.drop()
    assert staying.message().payload == 'not acknowledged'


def test_v5_shared_retained(stage):
    """a shared subscription brings no retained messages"""
    device = stage.device().connected()
    device.publish(stage.topic('x'), 'kept', 1, retain=True)
    device.subscribe(f'$share/{stage.name}/{stage.topic("x")}')
    device.publish(stage.topic('x'), 'end', 1)
    assert device.messages_before('end') == []
    device.publish(stage.topic('x'), '', 1, retain=True)


def test_v5_shared_unsubscribe(stage):
    """whoever leaves a shared subscription gets nothing of it any more"""
    left, right = stage.device('left').connected(), stage.device('right').connected()
    shared = f'$share/{stage.name}/{stage.topic("x")}'
    for each in (left, right):
        each.subscribe(shared)
    assert left.unsubscribe(shared) == [0]
    wanted = [f'{n}' for n in range(10)]
    for payload in wanted:
        right.publish(stage.topic('x'), payload, 1)
    assert payloads(right.messages(10)) == wanted
