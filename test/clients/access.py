"""Filters that the server's configuration does not let anybody subscribe to: `test/nosubscribe`, `secret/#`."""

REFUSED = (0x80, 0x87)


def test_subscribe_failure(stage):
    """SUBACK refuses a filter that may not be subscribed to, and grants the others beside it"""
    device = stage.device().connected()
    (code,) = device.subscribe('test/nosubscribe')
    assert code in (REFUSED if stage.version == 5 else (0x80,)), code
    first, second, third = device.subscribe(stage.topic('a'), 'test/nosubscribe', stage.topic('b'))
    assert (first, third) == (2, 2) and second == code
    device.publish('test/nosubscribe', 'unheard', 1)
    device.publish(stage.topic('b'), 'heard', 1)
    assert device.message().payload == 'heard'


def test_subscribe_failure_below(stage):
    """a refused filter with `#` stands for everything below it"""
    device = stage.device().connected()
    for each in ('secret', 'secret/#', 'secret/x', 'secret/+/y'):
        (code,) = device.subscribe(each)
        assert code >= 0x80, (each, code)
    assert device.subscribe(stage.topic('secret')) == [2]


def test_v5_subscribe_failure_shared(stage):
    """a shared subscription gets around no refusal"""
    (code,) = stage.device().connected().subscribe('$share/g/test/nosubscribe')
    assert code in REFUSED, code
