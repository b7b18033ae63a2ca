// SPDX-License-Identifier: MIT
// A mod with Node's ws on a linked channel: node link.js URL.  Says one thing, prints the first thing
// it hears, and ends.
'use strict';
const WebSocket = require('ws');

const socket = new WebSocket(process.argv[2]);
const send = (message) => socket.send(JSON.stringify(message));

socket.on('open', () => send({ type: 'mod', data: { server_id: 'node', channel_id: 'c1' } }));
socket.on('message', (data) => {
  const message = JSON.parse(data);
  if (message.status === 'connected') {
    send({
      msg_id: '1',
      id: 'node',
      destination: { channel_id: 'c1' },
      author: { id: 'n', name: 'Node' },
      content: 'hello from node',
    });
  }
  if (!message.content) return;
  console.log(`${message.author.name}: ${message.content}`);
  socket.close();
});
