// SPDX-License-Identifier: MIT
// The bridge's flows with Node's ws as mods and as the bot: node bridge.js URL KEY.  Prints "good" at
// its end.
'use strict';
const assert = require('assert');
const WebSocket = require('ws');

const [url, key] = process.argv.slice(2);

class Peer {
  constructor(greeting, options) {
    this.socket = options ? new WebSocket(url, options)
      : new WebSocket(`${url}?api_key=${encodeURIComponent(key)}`);
    this.kept = [];
    this.waiting = [];
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.failed = new Promise((resolve) => {
      this.socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    });
    this.socket.on('error', () => {});
    this.socket.on('open', () => this.send(greeting));
    this.socket.on('message', (data, isBinary) => {
      assert(!isBinary);
      const message = JSON.parse(data.toString());
      const next = this.waiting.shift();
      next ? next(message) : this.kept.push(message);
    });
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  next() {
    if (this.kept.length) return Promise.resolve(this.kept.shift());
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async acknowledged(message, status, type) {
    this.send(message);
    assert.deepStrictEqual(await this.next(), { status, type });
  }
}

const MOD = { type: 'mod', data: { server_id: 'minecraft-server-001', channel_id: '123456789' } };
const BOT = { type: 'bot', data: { bot_id: 'discord-bot-123' } };

const ofMod = (content) => ({
  msg_id: `msg-${content}`,
  id: 'minecraft-server-001',
  destination: { channel_id: '123456789' },
  author: { id: 'player-uuid-abc', name: 'PlayerName' },
  content,
  meta: { server_name: 'Survival Server', world: 'overworld' },
  ts: '2025-12-08T10:30:00Z',
});

const ofBot = (content) => ({
  msg_id: `discord-${content}`,
  id: '123456789',
  author: { id: 'discord-user-789', name: 'DiscordUser' },
  content,
  meta: { platform: 'discord', roles: ['admin'] },
  ts: '2025-12-08T10:31:00Z',
});

function checkForwarded(got, type, sent) {
  for (const stamp of [got.received_at, got.forwarded_at]) {
    assert.match(stamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert(Math.abs(Date.now() - Date.parse(stamp)) < 60000);
  }
  const { received_at, forwarded_at, ...rest } = got;
  assert(Date.parse(received_at) <= Date.parse(forwarded_at));
  assert.deepStrictEqual(rest, {
    type, channel_id: '123456789', author: sent.author, content: sent.content, meta: sent.meta,
    ts: sent.ts,
  });
}

async function connected(greeting, options) {
  const peer = new Peer(greeting, options);
  assert.deepStrictEqual(await peer.next(), { status: 'connected', type: greeting.type });
  return peer;
}

async function main() {
  // The bot is away: what the mod says waits, and is there when the bot comes.
  const mod = await connected(MOD);
  await mod.acknowledged(ofMod('first'), 'queued', 'mod');
  let bot = await connected(BOT, { headers: { 'X-API-Key': key } });
  checkForwarded(await bot.next(), 'mod', ofMod('first'));

  // Both are here.
  await mod.acknowledged(ofMod('Hello from the game server!'), 'completed', 'mod');
  checkForwarded(await bot.next(), 'mod', ofMod('Hello from the game server!'));
  await bot.acknowledged(ofBot('Hello from Discord!'), 'completed', 'bot');
  checkForwarded(await mod.next(), 'bot', ofBot('Hello from Discord!'));

  // A second server of the channel, and all of them hear the bot.
  const second = await connected({ type: 'mod', data: { server_id: 'two', channel_id: '123456789' } });
  await bot.acknowledged(ofBot('to both'), 'completed', 'bot');
  checkForwarded(await mod.next(), 'bot', ofBot('to both'));
  checkForwarded(await second.next(), 'bot', ofBot('to both'));

  // Faults: told, and the connection lives on.
  second.send({ ...ofMod('not mine'), id: 'minecraft-server-001' });
  assert.deepStrictEqual(await second.next(), { message: 'Malformed message.', code: 400 });
  const other = new Peer(BOT);
  assert.deepStrictEqual(await other.next(), { message: 'Bot already connected.', code: 409 });
  assert.strictEqual(await other.closed, 1000);
  const bad = new Peer('nonsense');
  assert.deepStrictEqual(await bad.next(), { message: 'Malformed handshake.', code: 400 });
  assert.strictEqual(await bad.closed, 1000);
  assert.strictEqual(await new Peer(MOD, { headers: { 'X-API-Key': 'wrong' } }).failed, 401);

  // The mods are away: what the bot says waits for the one that comes back.
  mod.socket.close(1000);
  second.socket.close(1000);
  assert.deepStrictEqual(await Promise.all([mod.closed, second.closed]), [1000, 1000]);
  await bot.acknowledged(ofBot('while you were away'), 'queued', 'bot');
  const back = await connected(MOD);
  checkForwarded(await back.next(), 'bot', ofBot('while you were away'));

  // The newer connection of a server takes over.
  const newer = await connected(MOD);
  assert.strictEqual(await back.closed, 1000);
  await bot.acknowledged(ofBot('to the newer'), 'completed', 'bot');
  checkForwarded(await newer.next(), 'bot', ofBot('to the newer'));

  // A bot that went may come again.
  bot.socket.close();
  await bot.closed;
  bot = await connected(BOT);
  await newer.acknowledged(ofMod('again'), 'completed', 'mod');
  checkForwarded(await bot.next(), 'mod', ofMod('again'));
  newer.socket.terminate();
  bot.socket.terminate();
  console.log('good');
}

setTimeout(() => { console.error('too slow'); process.exit(1); }, 20000).unref();
main().catch((error) => { console.error(error); process.exit(1); });
