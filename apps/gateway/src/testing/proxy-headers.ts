/** PROXY headers as they stand on the wire: one table for all tests that read them (haproxy.org, proxy-protocol.txt). */

const signature = '0d0a0d0a000d0a515549540a';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const line = (text: string): Buffer => Buffer.from(text, 'latin1');
const length = (bytes: number): string => bytes.toString(16).padStart(4, '0');

const ipv4Block = 'cb007109 c0000201 1f90 075b'; // 203.0.113.9:8080 → 192.0.2.1:1883
const ipv6Block = `${'20010db8'.padEnd(31, '0')}1 ${'20010db8'.padEnd(31, '0')}2 ffff 075b`;
const tlv = `04 ${length(3)} 010203`;

/** `[name, bytes, source]`; undefined: the proxy's own connection. */
export const goodHeaders: [string, Buffer, { address: string; port: number } | undefined][] = [
  ['v1 TCP4', line('PROXY TCP4 203.0.113.9 192.0.2.1 8080 1883\r\n'), { address: '203.0.113.9', port: 8080 }],
  [
    'v1 TCP4, highest',
    line('PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n'),
    { address: '255.255.255.255', port: 65535 },
  ],
  ['v1 TCP4, port 0', line('PROXY TCP4 203.0.113.9 192.0.2.1 0 0\r\n'), { address: '203.0.113.9', port: 0 }],
  [
    'v1 TCP6',
    line('PROXY TCP6 2001:db8::1 2001:db8::2 65535 1883\r\n'),
    { address: '2001:db8::1', port: 65535 },
  ],
  [
    'v1 TCP6, in full',
    line(`PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`),
    { address: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', port: 65535 },
  ],
  [
    'v1 TCP6 of an IPv4 address',
    line('PROXY TCP6 ::ffff:203.0.113.9 ::ffff:192.0.2.1 1 2\r\n'),
    { address: '203.0.113.9', port: 1 },
  ],
  ['v1 UNKNOWN', line('PROXY UNKNOWN\r\n'), undefined],
  [
    'v1 UNKNOWN, the longest line there is',
    line(`PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`),
    undefined,
  ],
  [
    'v2 TCP over IPv4',
    hex(`${signature} 21 11 ${length(12)} ${ipv4Block}`),
    { address: '203.0.113.9', port: 8080 },
  ],
  [
    'v2 with a TLV behind',
    hex(`${signature} 21 11 ${length(18)} ${ipv4Block} ${tlv}`),
    { address: '203.0.113.9', port: 8080 },
  ],
  [
    'v2 TCP over IPv6',
    hex(`${signature} 21 21 ${length(36)} ${ipv6Block}`),
    { address: '2001:db8::1', port: 65535 },
  ],
  [
    'v2 IPv6 of an IPv4 address',
    hex(`${signature} 21 21 ${length(36)} ${'0'.repeat(20)}ffffcb007109 ${'0'.repeat(32)} 0001 0002`),
    { address: '203.0.113.9', port: 1 },
  ],
  ['v2 LOCAL', hex(`${signature} 20 00 ${length(0)}`), undefined],
  [
    'v2 LOCAL with a block and a family that is ignored',
    hex(`${signature} 20 f7 ${length(5)} 0102030405`),
    undefined,
  ],
  ['v2 unspecified', hex(`${signature} 21 00 ${length(0)}`), undefined],
  ['v2 unspecified with a TLV', hex(`${signature} 21 00 ${length(6)} ${tlv}`), undefined],
  ['v2 UDP', hex(`${signature} 21 12 ${length(12)} ${ipv4Block}`), undefined],
  ['v2 UNIX', hex(`${signature} 21 31 ${length(216)} ${'00'.repeat(216)}`), undefined],
  [
    'v2, the longest taken',
    hex(`${signature} 21 11 ${length(4096)} ${ipv4Block} ${'04'.repeat(4084)}`),
    { address: '203.0.113.9', port: 8080 },
  ],
];

/** What can be no header however it goes on; each is refused at its last byte at the latest. */
export const badHeaders: [string, Buffer][] = [
  ['MQTT', hex('10')],
  ['HTTP', line('GET / HTTP/1.1\r\n')],
  ['TLS', hex('16030100')],
  ['a word that begins alike', line('PROXI')],
  ['no space behind PROXY', line('PROXY\t')],
  ['lower case', line('proxy tcp4')],
  ['v1 without anything', line('PROXY \r\n')],
  ['v1 of an unknown family', line('PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n')],
  ['v1 unknown, in lower case', line('PROXY unknown\r\n')],
  ['v1 with too few words', line('PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n')],
  ['v1 with too many words', line('PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n')],
  ['v1 with two spaces', line('PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n')],
  ['v1 with a space at the end', line('PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n')],
  ['v1 with an address of the other family', line('PROXY TCP4 ::1 ::1 1 2\r\n')],
  ['v1 with IPv4 in TCP6', line('PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n')],
  ['v1 with an octal address', line('PROXY TCP4 010.1.1.1 2.2.2.2 1 2\r\n')],
  ['v1 with a number above 255', line('PROXY TCP4 1.1.1.256 2.2.2.2 1 2\r\n')],
  ['v1 with a bad destination', line('PROXY TCP4 1.1.1.1 x 1 2\r\n')],
  ['v1 with a port above 65535', line('PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n')],
  ['v1 with a port of many zeros', line('PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n')],
  ['v1 with a negative port', line('PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n')],
  ['v1 with a bad destination port', line('PROXY TCP4 1.1.1.1 2.2.2.2 1 2a\r\n')],
  ['v1 with a line feed alone', line('PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n')],
  ['v1 with a carriage return alone', line('PROXY TCP4 1.1.1.1 2.2.2.2 1 2\rx')],
  ['v1 that never ends', line(`PROXY UNKNOWN ${'x'.repeat(93)}`)],
  ['v1 whose end comes a byte late', line(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`)],
  ['v1 with a null', line('PROXY TCP4 1.1.1.1\0 2.2.2.2 1 2\r\n')],
  ['v2 with a broken signature', hex('0d0a0d0a000d0a515549540b')],
  ['v2 of version 1', hex(`${signature} 11`)],
  ['v2 of version 3', hex(`${signature} 31`)],
  ['v2 of an unknown command', hex(`${signature} 22`)],
  ['v2 of an unknown family', hex(`${signature} 21 41`)],
  ['v2 of an unknown transport', hex(`${signature} 21 13`)],
  ['v2 too short for IPv4', hex(`${signature} 21 11 ${length(11)}`)],
  ['v2 too short for IPv6', hex(`${signature} 21 21 ${length(35)}`)],
  ['v2 too short for UNIX', hex(`${signature} 21 31 ${length(215)}`)],
  ['v2 that declares nothing', hex(`${signature} 21 11 ${length(0)}`)],
  ['v2 that declares a byte too many', hex(`${signature} 21 11 ${length(4097)}`)],
  ['v2 that declares all there is', hex(`${signature} 21 11 ${length(65535)}`)],
  ['v2 LOCAL that declares all there is', hex(`${signature} 20 00 ${length(65535)}`)],
];
