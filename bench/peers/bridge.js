// SPDX-License-Identifier: MIT
// Peer of the bridge benchmark: a relay between mods and a bot with Node's ws, as one writes it in an
// afternoon.  It reads and checks every message, gives it to who it is for, and acknowledges it.  It
// keeps nothing: no queues, no deadlines.  Prints "ready ws=127.0.0.1:PORT".
'use strict';

const { WebSocket, WebSocketServer } = require('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 1024 });
const channels = new Map(); // id → mods
let bot = null;

const isText = (x) => typeof x === 'string' && x.length > 0;

function greet(socket, { type, data }) {
	socket.side = type;
	socket.id = type === 'mod' ? data.server_id : data.bot_id;
	if (type === 'bot') {
		bot = socket;
	} else {
		const mods = channels.get(data.channel_id) || new Set();
		channels.set(data.channel_id, mods.add(socket));
		socket.on('close', () => mods.delete(socket));
	}
	socket.send(JSON.stringify({ status: 'connected', type }));
}

function relay(socket, message, received) {
	const channel = socket.side === 'mod' ? message.destination.channel_id : message.id;
	if (![message.msg_id, message.id, channel, message.author.id, message.content].every(isText)
		|| (socket.side === 'mod' && message.id !== socket.id)) {
		socket.send('{"message":"Malformed message.","code":400}');
		return;
	}
	const { author, content, meta, ts } = message;
	const text = JSON.stringify({
		type: socket.side, channel_id: channel, author, content, meta, ts: ts || received,
		received_at: received, forwarded_at: new Date().toISOString(),
	});
	let status = 'failed';
	const receivers = socket.side === 'mod' ? [bot] : channels.get(channel) || [];
	for (const to of receivers) {
		if (to && to.readyState === WebSocket.OPEN) {
			to.send(text);
			status = 'completed';
		}
	}
	socket.send(JSON.stringify({ status, type: socket.side }));
}

server.on('connection', (socket) => {
	socket.on('error', () => socket.terminate());
	socket.on('message', (bytes) => {
		const message = JSON.parse(bytes.toString());
		if (socket.side)
			relay(socket, message, new Date().toISOString());
		else
			greet(socket, message);
	});
});

server.on('listening', () => {
	console.log(`ready ws=127.0.0.1:${server.address().port}`);
});
