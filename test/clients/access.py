"""
Filters that the server's configuration does not let anybody subscribe to: `test/nosubscribe`, `secret/#`. It does not
say why on MQTT 5 either (`access.refusal: unspecified`).
"""

REFUSED = 0x80


def test_subscribe_failure(stage):
    """SUBACK refuses a filter that may not be subscribed to, and grants the others beside it"""
    device = stage.device().connected()
    assert device.subscribe('test/nosubscribe') == [REFUSED]
    assert device.subscribe(stage.topic('a'), 'test/nosubscribe', stage.topic('b')) == [2, REFUSED, 2]
    device.publish('test/nosubscribe', 'unheard', 1)
    device.publish(stage.topic('b'), 'heard', 1)
    assert device.message().payload == 'heard'


def test_subscribe_failure_below(stage):
    """a refused filter with `#` stands for everything below it"""
    device = stage.device().connected()
    for each in ('secret', 'secret/#', 'secret/x', 'secret/+/y'):
        assert device.subscribe(each) == [REFUSED], each
    assert device.subscribe(stage.topic('secret')) == [2]


def test_v5_subscribe_failure_shared(stage):
    """a shared subscription gets around no refusal"""
    assert stage.device().connected().subscribe('$share/g/test/nosubscribe') == [REFUSED]
