/**
 * Who got what, per district: an outside service that follows a city's public events.
 *
 *   node awards.js follow    keep up with the stream, from its beginning the first time; Ctrl-C ends it
 *   node awards.js table     print what is known, as JSON
 *
 * PUBLIC_EVENTS_URL  address with read-only credentials, e.g. amqp://reader:secret@host/
 * AWARDS_FILE      where to keep what was read (awards.json)
 *
 * Events come at least once, and those about one subject may come out of order. So what was read is written to one file together with
 * the ids of the events and the place in the stream, in one step: after a crash it goes on where it was, and a repeat changes nothing.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import amqp from 'amqplib';

const STREAM = 'sama.public';
const UNDER_WAY = 100; // messages; a stream needs a limit, and acknowledgements to send more
const SAVE_MS = 200; // what is lost in a crash is read again
const AGAIN_MS = 2000;
const SILENCE_MS = 1000 * Number(process.env.AWARDS_SILENCE_SECONDS ?? 30);
const FILE = process.env.AWARDS_FILE ?? 'awards.json';

const MONEY = {
  'reservation.waiting.v1': 'waiting',
  'reservation.made.v1': 'reserved',
  'reservation.refused.v1': 'refused',
  'reservation.released.v1': 'released',
  'commitment.made.v1': 'committed',
};

/**
 * What was read. next: the offset to go on at; last: the last event that was taken; names: kind → id → subject → {sequence, name};
 * awards and money by request; seen: "source id" → 1.
 */
const kept = existsSync(FILE)
  ? JSON.parse(readFileSync(FILE, 'utf8'))
  : { next: 0, last: null, seen: {}, names: {}, awards: {}, money: {} };
let changed = false;

/** Write all or nothing: a crash leaves the old file or the new one. */
function save() {
  if (!changed) return;
  writeFileSync(`${FILE}.new`, JSON.stringify(kept));
  renameSync(`${FILE}.new`, FILE);
  changed = false;
}

/** Amounts are 64-bit integers, more than a JavaScript number holds exactly: they are read as text (BigInt(amount) to calculate). */
function parse(body) {
  return JSON.parse(body.toString('utf8').replace(/"(amount|amount_asked)":(\d+)/g, '"$1":"$2"'));
}

/** What tells the event from all others. */
function nameOf(event) {
  return `${event.source} ${event.id}`;
}

/** Do what the event says, once. */
function take(offset, event) {
  const id = nameOf(event);
  if (!kept.seen[id]) {
    kept.seen[id] = 1;
    apply(event);
  }
  Object.assign(kept, { next: offset + 1, last: id });
  changed = true;
}

function apply(event) {
  const { type, data } = event;
  if (type === 'organization.approved.v1') name(event, 'organization', data.organization, data.name);
  else if (type === 'district.defined.v1') name(event, 'district', data.district, data.names.fa);
  else if (type === 'programme.opened.v1') name(event, 'programme', data.programme, data.names.fa);
  else if (type === 'priorities.adopted.v1') {
    for (const topic of data.topics) name(event, 'topic', topic.topic, topic.names.fa);
  } else if (type === 'case.decided.v1' && data.outcome === 'approved') {
    // A later decision about the same request (an appeal) is another case: another subject, so its time decides.
    const before = kept.awards[data.request];
    if (!before || data.issued_at > before.issued_at) {
      const { request, district, organization, programme, topic, currency, issued_at } = data;
      kept.awards[request] = { request, district, organization, programme, topic, currency, issued_at };
    }
  } else if (type === 'commitment.released.v1' && data.remains) money(event, 'committed', data.remains); // a part of it
  else if (type === 'commitment.released.v1') money(event, data.to === 'reserved' ? 'reserved' : 'released');
  else if (MONEY[type]) money(event, MONEY[type]);
  // Everything else: not needed here. Also a type that did not exist when this was written.
}

function name(event, kind, id, text) {
  const of = ((kept.names[kind] ??= {})[id] ??= {});
  // Sequences are zero-padded, so they compare as text.
  if (!of[event.subject] || event.sequence > of[event.subject].sequence) {
    of[event.subject] = { sequence: event.sequence, name: text };
  }
}

function money(event, state, amount = event.data.amount) {
  const before = kept.money[event.data.request];
  // Entries of a book may come out of order: the one with the highest sequence says how it is.
  if (!before || event.sequence > before.sequence) {
    kept.money[event.data.request] = { sequence: event.sequence, state, amount };
  }
}

/** Every award: where, who, for what, how much, and where its money stands. */
function table() {
  const named = (kind, id) => {
    const of = kept.names[kind]?.[id] ?? {};
    return of[Object.keys(of).sort()[0]]?.name ?? null;
  };
  return Object.values(kept.awards)
    .filter((award) => kept.money[award.request])
    .sort((a, b) => (a.district + a.request < b.district + b.request ? -1 : 1))
    .map(({ issued_at, ...award }) => ({
      ...award,
      amount: kept.money[award.request].amount,
      state: kept.money[award.request].state,
      ...Object.fromEntries(
        ['district', 'organization', 'programme', 'topic'].map((kind) => [`${kind}_name`, named(kind, award[kind])]),
      ),
    }));
}

/** Read from the kept place on; returns when the connection ends. */
async function read(url) {
  const connection = await amqp.connect(`${url}${url.includes('?') ? '&' : '?'}heartbeat=10`);
  connection.on('error', () => {}); // "close" follows
  const ended = new Promise((resolve) => connection.on('close', resolve));
  try {
    const channel = await connection.createChannel();
    channel.on('error', (trouble) => console.error(trouble.message));
    const closed = new Promise((resolve) => channel.on('close', resolve));
    await channel.prefetch(UNDER_WAY);
    // From the last event that was taken, which a stream that is whole sends at once again. If another one comes, or none, the
    // stream was lost and filled again, so everything has a new place. What is known stays.
    const begin = Math.max(kept.next - 1, 0);
    let last = kept.last;
    let over = false;
    const startOver = () => {
      if (last === null) return;
      Object.assign(kept, { next: 0, last: null });
      over = changed = true;
      connection.close().catch(() => {});
    };
    const silence = setTimeout(startOver, SILENCE_MS);
    await channel.consume(
      STREAM, // not declared first: that needs rights that a reader does not have
      (message) => {
        if (over) return;
        if (message === null) return connection.close().catch(() => {}); // the stream was deleted
        clearTimeout(silence);
        const offset = Number(message.properties.headers['x-stream-offset']);
        const event = parse(message.content);
        if (last !== null && (offset !== begin || nameOf(event) !== last)) return startOver();
        last = null;
        take(offset, event);
        channel.ack(message);
      },
      { arguments: { 'x-stream-offset': begin } },
    );
    await Promise.race([ended, closed]);
    clearTimeout(silence);
  } finally {
    await connection.close().catch(() => {});
  }
}

async function follow(url) {
  setInterval(save, SAVE_MS);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (save(), process.exit(0)));
  for (;;) {
    await read(url).catch((trouble) => console.error(trouble.message));
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

const [command] = process.argv.slice(2);
if (command === 'table') console.log(JSON.stringify(table(), null, 1));
else if (command === 'follow') await follow(process.env.PUBLIC_EVENTS_URL);
else {
  console.error('node awards.js follow | table');
  process.exit(2);
}
