const slabBytes = 256 * 1024;

/**
 * Cuts outgoing packets from large blocks: one allocation for thousands of packets. A piece is never reused, because
 * a socket may hold it after `write` returned; the block goes when its last piece does.
 */
export class Slab {
  #block = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;

  take(bytes: number): Buffer {
    if (bytes > slabBytes / 4) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > slabBytes) {
      this.#block = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    const piece = this.#block.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return piece;
  }
}
