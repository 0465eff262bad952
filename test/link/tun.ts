import { execFileSync } from 'node:child_process';
import { constants, openSync, read, writeSync } from 'node:fs';
import koffi from 'koffi';

// Numbers of <linux/if_tun.h> and <sched.h>.
const TUNSETIFF = 0x4004_54ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const CLONE_NEWNET = 0x4000_0000;

const libc = koffi.load('libc.so.6');
const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *argument)') as (
  fd: number,
  request: number,
  argument: Uint8Array,
) => number;
const unshare = libc.func('int unshare(int flags)') as (flags: number) => number;

/** Takes this thread, and every socket it opens from now on, into a new network namespace that ends with it. */
export function enterNewNamespace(): void {
  if (unshare(CLONE_NEWNET) !== 0) throw new Error(`a network namespace was refused: errno ${koffi.errno()}`);
}

/** A network interface whose packets this process carries. It is gone as soon as the process is. */
export class Tun {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(2048);

  /** In the namespace of this thread; `address` and `peer` are the two ends of the line. */
  constructor(name: string, address: string, peer: string) {
    this.#fd = openSync('/dev/net/tun', constants.O_RDWR);
    const request = new Uint8Array(40); // struct ifreq: 16 bytes of name, then the flags
    request.set(new TextEncoder().encode(name));
    new DataView(request.buffer).setUint16(16, IFF_TUN | IFF_NO_PI, true);
    if (ioctl(this.#fd, TUNSETIFF, request) !== 0) {
      throw new Error(`the TUN device ${name} was refused: errno ${koffi.errno()}`);
    }
    execFileSync('ip', ['address', 'add', address, 'peer', peer, 'dev', name]);
    execFileSync('ip', ['link', 'set', name, 'up']);
  }

  /** Hands on every IPv4 packet the kernel wants carried. The bytes are the caller's to keep. */
  onPacket(take: (packet: Uint8Array) => void): void {
    read(this.#fd, this.#buffer, 0, this.#buffer.length, null, (error, bytes) => {
      if (error) throw error;
      const isIpv4 = this.#buffer[0]! >> 4 === 4; // the kernel also asks for IPv6 routers: nobody here is one
      if (isIpv4) take(this.#buffer.slice(0, bytes));
      this.onPacket(take);
    });
  }

  write(packet: Uint8Array): void {
    writeSync(this.#fd, packet);
  }
}
