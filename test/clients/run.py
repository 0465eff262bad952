"""Runs the cases of some modules side by side against one server and prints a line of JSON for each.

    python3 run.py MODULE… --port PORT --transport tcp|ws --version 4|5 [--only CASE]

A case is a function `test_…(stage)`; its docstring is the sentence it proves. `test_v3_…` and `test_v5_…` are for one
version of MQTT only. No case waits for another, and none shares a topic or a client id with another.
"""

import argparse
import importlib
import inspect
import json
import os
import threading
import traceback

from device import Device
from place import Place
from wire import Wire


class Stage:
    """What one case gets: a name of its own for its topics and clients, and clients that are closed behind it."""

    def __init__(self, place, name):
        self.place = place
        self.name = name
        self._open = []

    @property
    def version(self):
        return self.place.version

    @property
    def short(self):
        """A topic of a few bytes."""
        return f'{os.getpid()}/{abs(hash(self.name)) % 1000}'

    def topic(self, *levels):
        """A topic, or a filter, below the level only this case uses."""
        return '/'.join([self.name, *levels])

    def client_id(self, name):
        return f'{self.name}-{name}'

    def device(self, name='a'):
        """A Paho client that is not connected yet."""
        return self._keep(Device(self.place, self.client_id(name)))

    def wire(self):
        """A connection in raw packets that has said nothing yet."""
        return self._keep(Wire(self.place))

    def lasting(self):
        """CONNECT's options for a session that outlives its connection, besides Clean Start or Clean Session."""
        return {'SessionExpiryInterval': 600} if self.version == 5 else {}

    def _keep(self, client):
        self._open.append(client)
        return client

    def close(self):
        for client in self._open:
            client.close() if isinstance(client, Device) else client.drop()


def run(module, case, place, say):
    name = case.__name__.removeprefix('test_')
    # The process id, so that a server that was there before knows nothing of these names.
    stage = Stage(place, f'{module}-{name}-{os.getpid()}')
    error = None
    try:
        case(stage)
    except BaseException:
        error = traceback.format_exc()
    say({'module': module, 'case': name, 'error': error})
    try:
        stage.close()
    except Exception:
        traceback.print_exc()


def cases_of(module, version, only):
    """The cases of a module that are for this version, or the one of this name."""
    other = 'test_v5_' if version == 4 else 'test_v3_'
    for name, function in inspect.getmembers(importlib.import_module(module), inspect.isfunction):
        if name.startswith('test_') and not name.startswith(other) and only in (None, name.removeprefix('test_')):
            yield function


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('modules', nargs='+')
    parser.add_argument('--port', type=int, required=True)
    parser.add_argument('--transport', choices=['tcp', 'ws'], required=True)
    parser.add_argument('--version', type=int, choices=[4, 5], required=True)
    parser.add_argument('--only')
    args = parser.parse_args()
    place = Place(args.port, args.transport, args.version)
    lock = threading.Lock()

    def say(line):
        with lock:
            print(json.dumps(line), flush=True)

    threads = [
        threading.Thread(target=run, args=(module, case, place, say), daemon=True)
        for module in args.modules
        for case in cases_of(module, args.version, args.only)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == '__main__':
    main()
