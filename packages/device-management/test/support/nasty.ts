const plist = (inner: string, head = ''): Buffer =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${head}<plist version="1.0">${inner}</plist>`);

const laughs = Array.from(
  { length: 12 },
  (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
).join('');

/** Property lists that somebody would send who wishes a parser ill, and how each is meant to hurt. */
export const nasty: readonly (readonly [string, Buffer])[] = [
  [
    'entities that multiply',
    plist('<string>&l12;</string>', `<!DOCTYPE p [<!ENTITY l0 "ha">${laughs}]>`),
  ],
  [
    'an entity of a file',
    plist('<string>&f;</string>', '<!DOCTYPE p [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
  ],
  ['a depth without end', plist('<array>'.repeat(50_000))],
  ['a closed depth', plist(`${'<array>'.repeat(5_000)}${'</array>'.repeat(5_000)}`)],
  ['a million elements', plist(`<array>${'<true/>'.repeat(1_000_000)}</array>`)],
  ['a prototype', plist('<dict><key>__proto__</key><dict><key>Status</key><true/></dict></dict>')],
  ['a constructor', plist('<dict><key>constructor</key><string>x</string></dict>')],
  ['an integer past all bounds', plist(`<integer>${'9'.repeat(100_000)}</integer>`)],
  ['a number that is none', plist('<real>NaN</real>')],
  ['a date of no year', plist('<date>999999-99-99T99:99:99Z</date>')],
  ['data that is not base64', plist(`<data>${'*'.repeat(1_000)}</data>`)],
  ['a key without a value', plist('<dict><key>Status</key></dict>')],
  ['a key twice', plist('<dict><key>A</key><true/><key>A</key><false/></dict>')],
  ['text that is not UTF-8', Buffer.concat([plist('<string>'), Buffer.from([0xff, 0xfe, 0xc0])])],
  ['a character that XML has not', plist('<string>&#0;&#xFFFF;&#x110000;</string>')],
  ['a binary list with a table past its end', binary(0xff_ff_ff_ff, 0xff_ff_ff_ff)],
  ['a binary list that holds itself', binary(1, 9, Buffer.from([0xa1, 0x00]))],
  [
    'a binary list of four billion items',
    binary(1, 14, Buffer.from([0xaf, 0x12, 255, 255, 255, 255])),
  ],
  ['nothing', Buffer.alloc(0)],
  ['a megabyte of spaces', Buffer.alloc(1024 * 1024, ' ')],
  ['a comment that does not end', plist(`<!--${'-'.repeat(100_000)}`)],
];

/** A binary property list of these objects, with a trailer that says so many of them, and a table there. */
function binary(objects: number, table: number, body: Buffer = Buffer.from([0x09])): Buffer {
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(1, 6);
  trailer.writeUInt8(1, 7);
  trailer.writeUInt32BE(objects, 12);
  trailer.writeUInt32BE(table, 28);
  return Buffer.concat([Buffer.from('bplist00'), body, Buffer.from([8]), trailer]);
}
