/** A name server on this machine's loopback, for tests: it says exactly what it is told to say. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** How a question is answered: with records, with a response code, with nothing at all, or with bytes that are no answer. */
export type Zone = { readonly [question: string]: readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'silence' };

const typeNumbers = new Map([
  [1, 'A'],
  [5, 'CNAME'],
  [28, 'AAAA'],
]);
const codes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/** A running server, and which questions it was asked, as `A shop.example.org`. */
export interface DnsServer {
  readonly address: string;
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts it with answers by question, as `A shop.example.org`; of a name that has other records the answer is empty
 * (NODATA), of one that is not there NXDOMAIN. Records live for 60 s.
 */
export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const reply = answerTo(question, zone, asked);
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, asked, close: () => closed(socket) };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(resolve);
  });
}

/** RFC 1035 §4: header, question, answers whose name points back at the question's. */
function answerTo(message: Buffer, zone: Zone, asked: string[]): Buffer | undefined {
  const { name, end } = readName(message, 12);
  const type = message.readUInt16BE(end);
  const question = `${typeNumbers.get(type) ?? type} ${name}`;
  asked.push(question);
  const isKnown = Object.keys(zone).some((each) => each.split(' ')[1] === name);
  const said = zone[question] ?? (isKnown ? [] : 'NXDOMAIN');
  if (said === 'silence') return undefined;
  const records = typeof said === 'string' ? [] : said.map((target) => record(type, target));
  const header = Buffer.alloc(12);
  message.copy(header, 0, 0, 2);
  // An answer (QR), recursion desired and available.
  header.writeUInt16BE(0x8180 | (typeof said === 'string' ? codes[said] : codes.NOERROR), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, message.subarray(12, end + 4), ...records]);
}

function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function record(type: number, target: string): Buffer {
  const data = recordData(type, target);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function recordData(type: number, target: string): Buffer {
  if (type === 1) return Buffer.from(target.split('.').map(Number));
  if (type === 28) return ipv6(target);
  const labels = target.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** `2001:db8::7` as 16 bytes. */
function ipv6(text: string): Buffer {
  const [head = '', tail = ''] = text.split('::').map((half) => half);
  const groups = (half: string): number[] =>
    half === '' ? [] : half.split(':').map((each) => Number.parseInt(each, 16));
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  const data = Buffer.alloc(16);
  for (const [index, group] of all.entries()) data.writeUInt16BE(group, index * 2);
  return data;
}
