// SPDX-License-Identifier: MIT
// The bridge's version 2 with Node's ws: node bridge_v2.js URL KEY.  Prints "good" at its end.
'use strict';
const assert = require('assert');
const WebSocket = require('ws');

const [url, key] = process.argv.slice(2);

class Peer {
  constructor(type, data) {
    this.socket = new WebSocket(url, { headers: { 'X-API-Key': key } });
    this.kept = [];
    this.waiting = [];
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.socket.on('open', () => this.send({ type, data: { v: 2, ...data } }));
    this.socket.on('message', (data) => {
      const message = JSON.parse(data.toString());
      const next = this.waiting.shift();
      next ? next(message) : this.kept.push(message);
    });
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  next() {
    if (this.kept.length) return Promise.resolve(this.kept.shift());
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  ack({ seq, epoch, channel_id }) {
    this.send({ ack: seq, epoch, channel_id });
  }
}

const words = (n) => ({
  msg_id: `m${n}`,
  id: 's1',
  destination: { channel_id: 'c1' },
  author: { id: 'p1', name: 'Ann' },
  content: `line ${n}`,
});

async function main() {
  const mod = new Peer('mod', { server_id: 's1', channel_id: 'c1' });
  assert.strictEqual((await mod.next()).v, 2);
  let bot = new Peer('bot', { bot_id: 'b1' });
  assert.strictEqual((await bot.next()).status, 'connected');
  for (let n = 1; n <= 3; n++) {
    mod.send(words(n));
    assert.deepStrictEqual(await mod.next(),
      { status: 'completed', type: 'mod', msg_id: `m${n}`, seq: n });
  }
  mod.send(words(2));
  assert.strictEqual((await mod.next()).duplicate, true);
  const got = [await bot.next(), await bot.next(), await bot.next()];
  assert.deepStrictEqual(got.map((m) => m.seq), [1, 2, 3]);
  assert(got.every((m) => Number.isSafeInteger(m.epoch)));
  bot.ack(got[1]);
  bot.send({ ack: 9, channel_id: 'c1' });
  assert.deepStrictEqual(await bot.next(), { message: 'No such message.', code: 404 });
  const old = bot;
  bot = new Peer('bot', { bot_id: 'b1' });
  assert.strictEqual((await bot.next()).queues[0].acked, 2);
  assert.strictEqual(await old.closed, 1000);
  assert.strictEqual((await bot.next()).content, 'line 3');
  console.log('good');
  process.exit(0);
}

main().catch((error) => {
  console.log(error.stack);
  process.exit(1);
});
