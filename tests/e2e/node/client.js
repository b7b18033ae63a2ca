// SPDX-License-Identifier: MIT
// One conversation with Node's ws: node client.js URL KEY OTHER-KEY.  Prints "good" at its end.
'use strict';
const assert = require('assert');
const WebSocket = require('ws');

const [url, key, otherKey] = process.argv.slice(2);

class Client {
  constructor(apiKey) {
    this.socket = new WebSocket(url, { headers: { 'X-API-Key': apiKey, 'X-MUD-Name': 'x' } });
    this.waiting = new Map();
    this.events = [];
    this.listeners = [];
    this.next = 1;
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
      this.socket.on('unexpected-response', (_, response) => reject(response.statusCode));
    });
    this.socket.on('message', (data, isBinary) => {
      assert(!isBinary);
      const message = JSON.parse(data.toString());
      if ('method' in message) {
        this.events.push(message);
        this.listeners.forEach((listener) => listener());
      } else {
        const { resolve, reject } = this.waiting.get(message.id);
        this.waiting.delete(message.id);
        message.error ? reject(message.error) : resolve(message.result);
      }
    });
  }

  call(method, params = {}) {
    const id = `node-${this.next++}`;
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  event(method) {
    return new Promise((resolve) => {
      const look = () => {
        const index = this.events.findIndex((event) => event.method === method);
        if (index >= 0) resolve(this.events.splice(index, 1)[0].params);
      };
      this.listeners.push(look);
      look();
    });
  }
}

async function main() {
  const alpha = new Client(key);
  const beta = new Client(otherKey);
  await Promise.all([alpha.opened, beta.opened]);
  assert(alpha.socket.extensions.includes('permessage-deflate'));
  await beta.call('channel_join', { channel: 'chat' });
  const text = 'grün '.repeat(200);
  const sent = await alpha.call('channel_send', { channel: 'chat', message: text });
  assert.strictEqual(sent.status, 'sent');
  assert.strictEqual((await beta.event('channel_message')).message, text);
  const pongs = await Promise.all([...Array(100)].map(() => alpha.call('ping')));
  assert(pongs.every((pong) => pong.pong === true));
  await assert.rejects(alpha.call('tell'), (error) => error.code === -32602);
  const wrong = await new Client('wrong').opened.catch((status) => status);
  assert.strictEqual(wrong, 401);
  const closed = new Promise((resolve) => beta.socket.on('close', resolve));
  beta.socket.close(1000, 'bye');
  assert.strictEqual(await closed, 1000);
  alpha.socket.terminate();
  console.log('good');
}

setTimeout(() => { console.error('too slow'); process.exit(1); }, 20000).unref();
main().catch((error) => { console.error(error); process.exit(1); });
