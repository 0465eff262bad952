/** A PROXY header of version 1: a connection from here to the proxy. */
export const proxyLine = (address: string, port = 40_000): Buffer => {
  const [family, local] = address.includes(':') ? ['TCP6', '::1'] : ['TCP4', '127.0.0.1'];
  return Buffer.from(`PROXY ${family} ${address} ${local} ${port} 1883\r\n`, 'latin1');
};

/** The same of version 2, IPv4, with so many bytes behind the addresses. */
export function proxyBlock(address: string, port = 40_000, extraBytes = 0): Buffer {
  const block = Buffer.alloc(16 + 12 + extraBytes, 4);
  Buffer.from('0d0a0d0a000d0a515549540a2111', 'hex').copy(block);
  block.writeUInt16BE(12 + extraBytes, 14);
  block.set(address.split('.').map(Number), 16);
  block.set([127, 0, 0, 1], 20);
  block.writeUInt16BE(port, 24);
  block.writeUInt16BE(1883, 26);
  return block;
}
