"""A device on the public Paho library. Every wait has a deadline, and nothing sleeps."""

import os
import queue
import socket
import warnings
from typing import NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCodes
from paho.mqtt.subscribeoptions import SubscribeOptions

from place import DEADLINE_S

# Version 2 of the library has two ways to call back and warns of the older, which both versions have.
warnings.filterwarnings('ignore', category=DeprecationWarning)
CALLBACKS = [mqtt.CallbackAPIVersion.VERSION1] if hasattr(mqtt, 'CallbackAPIVersion') else []


class Connack(NamedTuple):
    code: int
    is_present: bool
    properties: dict


class Message(NamedTuple):
    topic: str
    payload: str
    qos: int
    retain: bool
    properties: dict


def packed(kind, fields):
    """Properties of a packet from names and values; None when there are none."""
    if not fields:
        return None
    made = Properties(kind)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def unpacked(properties):
    """Names and values of a packet's properties."""
    if properties is None:
        return {}
    return {name: value for name, value in vars(properties).items() if name[0].isupper()}


def number(code):
    """A reason code as the library gives it, which depends on its version and on the protocol's."""
    return getattr(code, 'value', code)


class Device:
    """A client id at a place. Connected with `connect`; the library's thread reads and acknowledges."""

    def __init__(self, place, client_id):
        self.place = place
        self.client_id = client_id
        self._client = None
        self._is_clean = True

    # Coming

    def connect(self, clean=True, keepalive=60, will=None, **properties):
        """Connects and answers what CONNACK said, whatever it was. `will`: topic, payload, QoS, retain, properties."""
        if self._client is None or clean or self._is_clean:
            self._make(clean)
        self._forget()
        if will is not None:
            self._set_will(*will)
        more = {}
        if self.place.version == 5:
            more = {'clean_start': clean, 'properties': packed(PacketTypes.CONNECT, properties)}
        self._client.connect(self.place.host, self.place.port, keepalive, **more)
        self._client.loop_start()
        return self._connacks.get(timeout=DEADLINE_S)

    def connected(self, **options):
        """Connects, which must be accepted; the device."""
        connack = self.connect(**options)
        assert connack.code == 0, connack
        return self

    def _make(self, clean):
        is_v5 = self.place.version == 5
        client = mqtt.Client(
            *CALLBACKS,
            client_id=self.client_id,
            clean_session=None if is_v5 else clean,
            protocol=mqtt.MQTTv5 if is_v5 else mqtt.MQTTv311,
            transport='websockets' if self.place.transport == 'ws' else 'tcp',
            reconnect_on_failure=False,
        )
        if self.place.transport == 'ws':
            # The library calls itself a page of https://HOST:PORT. A device is no page of any origin.
            client.ws_set_options(headers=lambda headers: {k: v for k, v in headers.items() if k != 'Origin'})
        client.on_connect = self._on_connect
        client.on_disconnect = lambda _client, _data, code, properties=None: self._ends.put(number(code))
        client.on_message = self._on_message
        client.on_subscribe = lambda _c, _d, mid, codes, properties=None: self._subacks.put((mid, codes))
        client.on_unsubscribe = self._on_unsubscribe
        self._client, self._is_clean = client, clean

    def _forget(self):
        self._connacks, self._ends = queue.Queue(), queue.Queue()
        self._subacks, self._unsubacks = queue.Queue(), queue.Queue()
        self._messages = queue.Queue()

    def _set_will(self, topic, payload, qos=0, retain=False, properties=None):
        more = {}
        if self.place.version == 5:
            more = {'properties': packed(PacketTypes.WILLMESSAGE, properties)}
        self._client.will_set(topic, payload, qos, retain, **more)

    def _on_connect(self, _client, _data, flags, code, properties=None):
        self._connacks.put(Connack(number(code), bool(flags['session present']), unpacked(properties)))

    def _on_message(self, _client, _data, message):
        properties = unpacked(getattr(message, 'properties', None))
        payload = message.payload.decode()
        self._messages.put(Message(message.topic, payload, message.qos, bool(message.retain), properties))

    def _on_unsubscribe(self, _client, _data, mid, properties=None, codes=None):
        self._unsubacks.put((mid, codes if isinstance(codes, list) else [codes]))

    # Being there

    def subscribe(self, *filters, qos=2, identifier=None, **options):
        """Subscribes to the filters and answers the codes of SUBACK. MQTT 5: `noLocal`, `retainAsPublished` and so on."""
        if self.place.version == 5:
            wanted = [(each, SubscribeOptions(qos=qos, **options)) for each in filters]
            fields = {} if identifier is None else {'SubscriptionIdentifier': identifier}
            _, mid = self._client.subscribe(wanted, properties=packed(PacketTypes.SUBSCRIBE, fields))
        else:
            _, mid = self._client.subscribe([(each, qos) for each in filters])
        answered, codes = self._subacks.get(timeout=DEADLINE_S)
        assert answered == mid, f'SUBACK for {answered}, not {mid}'
        return [number(code) for code in codes]

    def unsubscribe(self, *filters):
        """Unsubscribes and answers the codes of UNSUBACK, on MQTT 5."""
        _, mid = self._client.unsubscribe(list(filters))
        answered, codes = self._unsubacks.get(timeout=DEADLINE_S)
        assert answered == mid, f'UNSUBACK for {answered}, not {mid}'
        return [number(code) for code in codes]

    def publish(self, topic, payload='', qos=1, retain=False, **properties):
        """Publishes and waits until it is sent (QoS 0) or wholly acknowledged (QoS 1 and 2)."""
        self._send(topic, payload, qos, retain, properties)()

    def publish_all(self, messages, qos=1, retain=False):
        """Publishes pairs of topic and payload, 32 at a time: the library keeps to no server's Receive Maximum."""
        for at in range(0, len(messages), 32):
            some = messages[at : at + 32]
            for wait in [self._send(topic, payload, qos, retain, {}) for topic, payload in some]:
                wait()

    def _send(self, topic, payload, qos, retain, properties):
        """Publishes, and answers what waits for it to be done."""
        more = {}
        if self.place.version == 5:
            more = {'properties': packed(PacketTypes.PUBLISH, properties)}
        info = self._client.publish(topic, payload, qos, retain, **more)

        def wait():
            info.wait_for_publish(DEADLINE_S)
            assert info.is_published(), f'{payload!r} to {topic} at QoS {qos} is not acknowledged'

        return wait

    def message(self, timeout=DEADLINE_S):
        """The next message."""
        try:
            return self._messages.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f'{self.client_id} got no message within {timeout} s') from None

    def messages(self, count):
        """The next so many messages, in the order they came."""
        return [self.message() for _ in range(count)]

    def messages_before(self, payload):
        """The messages that come before one with this payload, which is taken as well."""
        got = []
        while (message := self.message()).payload != payload:
            got.append(message)
        return got

    # Going

    def disconnect(self, code=0, **properties):
        """Sends DISCONNECT and goes."""
        if self.place.version == 5:
            reason = ReasonCodes(PacketTypes.DISCONNECT, identifier=code)
            self._client.disconnect(reason, packed(PacketTypes.DISCONNECT, properties))
        else:
            self._client.disconnect()
        self._ends.get(timeout=DEADLINE_S)
        self._client.loop_stop()

    def drop(self):
        """Ends the socket without DISCONNECT."""
        with socket.socket(fileno=os.dup(self._client.socket().fileno())) as handle:
            handle.shutdown(socket.SHUT_RDWR)
        self.ended()

    def fall_silent(self):
        """Stops reading and writing; the socket stays open."""
        self._client.loop_stop()

    def ended(self, timeout=DEADLINE_S):
        """Waits until the connection has ended."""
        self._ends.get(timeout=timeout)
        self._client.loop_stop()

    def close(self):
        """Lets go of everything, whatever state it is in."""
        if self._client is None:
            return
        self._client.disconnect()
        self._client.loop_stop()
        handle = self._client.socket()
        if handle is not None:
            handle.close()
