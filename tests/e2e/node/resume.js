// SPDX-License-Identifier: MIT
// Node's ws comes back to its session: node resume.js URL KEY OTHER-KEY.  Prints "good" at its end.
'use strict';
const assert = require('assert');
const WebSocket = require('ws');

const [url, key, otherKey] = process.argv.slice(2);

class Client {
  constructor(apiKey, query = '') {
    this.socket = new WebSocket(url + query, { headers: { 'X-API-Key': apiKey } });
    this.messages = [];
    this.wake = () => {};
    this.socket.on('message', (data) => { this.messages.push(JSON.parse(data)); this.wake(); });
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) =>
      resolve([code, reason.toString()])));
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
    });
  }

  async next(fits) { // the first message that fits; those before it are dropped
    for (;;) {
      const message = this.messages.shift();
      if (message && fits(message)) return message;
      if (!message) await new Promise((resolve) => { this.wake = resolve; });
    }
  }

  async call(method, params = {}) {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    const answer = await this.next((message) => message.id === 1);
    assert(!answer.error, JSON.stringify(answer));
    return answer.result;
  }

  event() {
    return this.next((message) => message.method && message.method !== 'mud_online');
  }
}

const back = (id, seq) => new Client(key, `?session_id=${id}&last_seq=${seq}`);

async function main() {
  const beta = new Client(otherKey);
  await beta.opened;
  const tell = (message) =>
    beta.call('tell', { target_mud: 'AlphaMUD', target_user: 'bob', message });
  const first = new Client(key);
  await first.opened;
  const { session_id: id, seq } = await first.call('authenticate', { api_key: key });
  assert.strictEqual(first.messages.length, 0);
  await tell('one');
  const one = (await first.event()).params;
  assert.strictEqual(one.message, 'one');

  const second = back(id, one.seq); // takes over
  assert.deepStrictEqual(await first.closed, [4001, 'replaced']);
  const opened = await second.event();
  assert.strictEqual(opened.method, 'session_opened');
  assert.deepStrictEqual([opened.params.resumed, opened.params.recovered, opened.params.missed,
    opened.params.lost], [true, true, 0, 0]);
  second.socket.terminate();
  await second.closed;
  for (let i = 0; i < 100; i++) await tell(`away ${i} ${'grün '.repeat(100)}`);

  const third = back(opened.params.session_id, one.seq);
  const again = (await third.event()).params;
  assert.deepStrictEqual([again.resumed, again.missed], [true, 100]);
  let last = one.seq;
  for (let i = 0; i < 100; i++) {
    const event = (await third.event()).params;
    assert(event.message.startsWith(`away ${i} `));
    assert(event.seq > last);
    last = event.seq;
  }
  assert.strictEqual((await third.call('ack', { seq: last })).seq, last);
  const fresh = (await back(opened.params.session_id, last).event()).params;
  assert.strictEqual(fresh.resumed, false); // acknowledged: that id is past
  third.socket.terminate();
  beta.socket.terminate();
  assert(seq <= one.seq);
  console.log('good');
  process.exit(0);
}

setTimeout(() => { console.error('too slow'); process.exit(1); }, 20000).unref();
main().catch((error) => { console.error(error); process.exit(1); });
