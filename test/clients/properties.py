"""Properties of messages in MQTT 5."""


def at_every_qos(stage, fields):
    """What a device hears of its messages with these properties at QoS 0, 1 and 2."""
    device = stage.device().connected()
    device.subscribe(stage.topic('t'))
    for qos in (0, 1, 2):
        device.publish(stage.topic('t'), f'{qos}', qos, **fields)
    got = device.messages(3)
    assert [(message.payload, message.qos) for message in got] == [('0', 0), ('1', 1), ('2', 2)]
    return [message.properties for message in got]


def test_v5_user_properties(stage):
    """user properties come in their order, names more than once"""
    fields = {'UserProperty': [('a', '2'), ('c', '3'), ('a', '1'), ('ü', '')]}
    assert at_every_qos(stage, fields) == [fields] * 3


def test_v5_payload_format(stage):
    """payload format and content type come as they were sent"""
    fields = {'PayloadFormatIndicator': 1, 'ContentType': 'My name'}
    assert at_every_qos(stage, fields) == [fields] * 3


def test_v5_no_properties(stage):
    """a message without properties comes without properties"""
    assert at_every_qos(stage, {}) == [{}] * 3


def test_v5_message_expiry(stage):
    """a message that did not wait keeps nearly all of its expiry"""
    for fields in at_every_qos(stage, {'MessageExpiryInterval': 100}):
        assert 90 <= fields['MessageExpiryInterval'] <= 100, fields


def test_v5_request_response(stage):
    """a request carries where to answer and what the answer is to be known by"""
    requester, responder = stage.device('requester').connected(), stage.device('responder').connected()
    for each in (requester, responder):
        each.subscribe(stage.topic('t'), noLocal=True)
    fields = {'ResponseTopic': stage.topic('t'), 'CorrelationData': b'334\0'}
    requester.publish(stage.topic('t'), 'request', 1, **fields)
    request = responder.message()
    assert (request.payload, request.properties) == ('request', fields)
    # An answer may repeat every property of the request.
    responder.publish(request.properties['ResponseTopic'], 'response', 1, **request.properties)
    response = requester.message()
    assert (response.payload, response.properties) == ('response', fields)


def test_v5_response_information(stage):
    """a device that asks for response information is answered, with or without"""
    assert stage.device().connect(RequestResponseInformation=1).code == 0


def test_v5_many_user_properties(stage):
    """hundreds of user properties come whole"""
    fields = {'UserProperty': [(f'name {n}', f'value {n}') for n in range(300)]}
    assert at_every_qos(stage, fields) == [fields] * 3
