"""Wills."""

import time

#: Far less than the delays and sessions of a minute and more, on a machine however busy.
SOON_S = 20


def watcher_of(stage):
    watcher = stage.device('watcher').connected()
    watcher.subscribe(stage.topic('#'))
    return watcher


def nothing_more(stage, watcher):
    """Nothing came but what was taken already: a message published now is the next."""
    watcher.publish(stage.topic('end'), 'end')
    rest = watcher.messages_before('end')
    assert rest == [], rest


def test_will_message(stage):
    """a will is published once when its device is lost"""
    watcher = watcher_of(stage)
    device = stage.device().connected(will=(stage.topic('will'), 'client not disconnected', 2))
    device.drop()
    message = watcher.message()
    assert (message.topic, message.payload) == (stage.topic('will'), 'client not disconnected'), message
    assert (message.qos, message.retain) == (2, False), message
    nothing_more(stage, watcher)


def test_will_not_after_disconnect(stage):
    """a will is not published when its device takes its leave"""
    watcher = watcher_of(stage)
    stage.device().connected(will=(stage.topic('will'), 'lost', 1)).disconnect()
    stage.device('b').connected(will=(stage.topic('will'), 'b is lost', 1)).drop()
    assert watcher.message().payload == 'b is lost'
    nothing_more(stage, watcher)


def test_will_retained(stage):
    """a will with the retain flag is retained"""
    watcher = watcher_of(stage)
    stage.device().connected(will=(stage.topic('status'), 'offline', 1, True)).drop()
    assert watcher.message().retain is False
    late = stage.device('late').connected()
    late.subscribe(stage.topic('status'))
    message = late.message()
    assert (message.payload, message.retain) == ('offline', True)
    late.publish(stage.topic('status'), '', 1, retain=True)


def test_will_on_takeover(stage):
    """a will is published when another connection takes the client id"""
    watcher = watcher_of(stage)
    stage.wire().connect(stage.client_id('a'), will=(stage.topic('will'), 'taken over', 1, False, {}))
    stage.device('a').connected()
    assert watcher.message().payload == 'taken over'
    nothing_more(stage, watcher)


def test_will_after_protocol_error(stage):
    """a will is published when the server ends the connection for a broken rule"""
    watcher = watcher_of(stage)
    wire = stage.wire()
    wire.connect(stage.client_id('a'), will=(stage.topic('will'), 'broken', 1, False, {}))
    wire.send(b'\xf0\x00' if stage.version == 4 else b'\x00\x00')
    assert watcher.message().payload == 'broken'
    nothing_more(stage, watcher)


def test_will_offline(stage):
    """a will reaches a session whose device is away"""
    watcher = stage.device('watcher').connected(clean=False, **stage.lasting())
    watcher.subscribe(stage.topic('#'))
    watcher.disconnect()
    witness = stage.device('witness').connected()
    witness.subscribe(stage.topic('#'))
    stage.device().connected(will=(stage.topic('will'), 'lost', 1)).drop()
    assert witness.message().payload == 'lost'
    watcher.connected(clean=False, **stage.lasting())
    assert watcher.message().payload == 'lost'


def test_v5_will_properties(stage):
    """a will keeps its properties, but for the delay"""
    watcher = watcher_of(stage)
    user = [('a', '2'), ('c', '3')]
    fields = {'UserProperty': user, 'ContentType': 'text/plain', 'WillDelayInterval': 0, 'CorrelationData': b'\0\1'}
    stage.device().connected(will=(stage.topic('will'), 'lost', 1, False, fields)).drop()
    del fields['WillDelayInterval']
    assert watcher.message().properties == fields


def test_v5_disconnect_with_will(stage):
    """DISCONNECT 0x04 asks for the will"""
    watcher = watcher_of(stage)
    stage.device().connected(will=(stage.topic('will'), 'asked for', 1)).disconnect(code=4)
    assert watcher.message().payload == 'asked for'


def lose(stage, name, delay, expiry):
    """Loses a device whose will has this delay and whose session this expiry; answers when it was begun, monotonic."""
    device = stage.device(name)
    will = (stage.topic(name), f'{name} is lost', 2, False, {'WillDelayInterval': delay})
    assert device.connect(will=will, SessionExpiryInterval=expiry).is_present is False
    begun = time.monotonic()
    device.drop()
    return begun


def test_v5_will_delay(stage):
    """a will waits for its delay, and not for the end of its session"""
    watcher = watcher_of(stage)
    begun = lose(stage, 'a', delay=3, expiry=600)
    assert watcher.message().payload == 'a is lost'
    assert 2.9 < time.monotonic() - begun < SOON_S, time.monotonic() - begun


def test_v5_will_delay_beyond_session(stage):
    """a will whose delay is longer than the session comes with the session's end"""
    watcher = watcher_of(stage)
    begun = lose(stage, 'a', delay=60, expiry=2)
    assert watcher.message().payload == 'a is lost'
    assert 1.9 < time.monotonic() - begun < SOON_S, time.monotonic() - begun


def test_v5_will_delay_without_session(stage):
    """a will with a delay comes at once when the session ends with the connection"""
    watcher = watcher_of(stage)
    begun = lose(stage, 'a', delay=60, expiry=0)
    assert watcher.message().payload == 'a is lost'
    assert time.monotonic() - begun < SOON_S, time.monotonic() - begun


def test_v5_will_delay_resumed(stage):
    """a device that returns into its session within the delay has no will published"""
    watcher = watcher_of(stage)
    lose(stage, 'a', delay=5, expiry=600)
    assert stage.device('a').connect(clean=False, SessionExpiryInterval=600).is_present
    lose(stage, 'b', delay=5, expiry=600)
    assert watcher.message().payload == 'b is lost'
    nothing_more(stage, watcher)


def test_v5_will_delay_new_session(stage):
    """a device that returns with a new session within the delay ends the old one, which publishes its will"""
    watcher = watcher_of(stage)
    lose(stage, 'a', delay=60, expiry=600)
    assert stage.device('a').connect(clean=True).is_present is False
    assert watcher.message().payload == 'a is lost'
    nothing_more(stage, watcher)
