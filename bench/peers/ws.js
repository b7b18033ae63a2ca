// SPDX-License-Identifier: MIT
// Peer of the fan-out benchmark: Node's ws.  Every message goes to every connection, by the loop
// its documentation shows.  Prints "ready ws=127.0.0.1:PORT".
'use strict';

const { WebSocket, WebSocketServer } = require('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 1024 });

server.on('connection', (socket) => {
	socket.on('error', () => socket.terminate());
	socket.on('message', (message, binary) => {
		for (const client of server.clients)
			if (client.readyState === WebSocket.OPEN)
				client.send(message, { binary });
	});
});

server.on('listening', () => {
	console.log(`ready ws=127.0.0.1:${server.address().port}`);
});
